import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { environmentChecks, settingsChecks } from './environment-checks.ts';
import { nodeChecks } from './node-checks.ts';
import { providerChecks } from './provider-checks.ts';

/** Path of the file that configures the fleet. */
export const configPath = 'pressluft.yaml';

/**
 * What a schema cannot say about one document. The value may have failed its schema: each check looks only at fields of the
 * right type, so that schema and meaning are reported together.
 */
export function documentChecks(kind: ResourceKind, value: Json, file: string): FieldProblem[] {
  switch (kind) {
    case 'Pressluft':
      return configChecks(file);
    case 'Provider':
      return providerChecks(value);
    case 'Node':
      return nodeChecks(value);
    case 'Site':
      return settingsChecks(value, ['spec', 'defaults']);
    case 'Environment':
      return [...environmentChecks(value), ...settingsChecks(value, ['spec'])];
    case 'BackupRepository':
    case 'BackupPolicy':
    case 'Backup':
    case 'Restore':
    case 'Promotion':
      return [];
    default:
      return kind satisfies never;
  }
}

function configChecks(file: string): FieldProblem[] {
  if (file === configPath) return [];
  const message = `a manifest of kind Pressluft belongs in ${configPath}, not in ${quoted(file)}`;
  return [{ code: 'PL1025', message, path: ['kind'], at: 'value' }];
}
