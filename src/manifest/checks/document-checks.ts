import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { futureNotes } from '../schema/future.ts';
import { annotationChecks } from './annotation-checks.ts';
import { freezeDateChecks, restoreDateChecks } from './date-checks.ts';
import { environmentChecks, settingsChecks } from './environment-checks.ts';
import { nodeChecks } from './node-checks.ts';
import { notificationChecks } from './notification-checks.ts';
import { providerChecks } from './provider-checks.ts';
import { secretReferenceChecks } from './secret-reference-checks.ts';
import { semanticDocumentChecks } from './semantic-document-checks.ts';
import { signerChecks } from './signer-checks.ts';

/** Path of the file that configures the fleet. */
export const configPath = 'pressluft.yaml';

/**
 * What a schema cannot say about one document. The value may have failed its schema: each check looks only at fields of the
 * right type, so that schema and meaning are reported together.
 */
export function documentChecks(kind: ResourceKind, value: Json, file: string): readonly FieldProblem[] {
  return [
    ...annotationChecks(kind, value),
    ...secretReferenceChecks(kind, value),
    ...kindChecks(kind, value, file),
    ...semanticDocumentChecks(kind, value),
    ...futureNotes(kind, value),
  ];
}

function kindChecks(kind: ResourceKind, value: Json, file: string): readonly FieldProblem[] {
  switch (kind) {
    case 'Pressluft':
      return [
        ...configChecks(file),
        ...freezeDateChecks(value),
        ...notificationChecks(value),
        ...signerChecks(value),
      ];
    case 'Provider':
      return providerChecks(value);
    case 'Node':
      return nodeChecks(value);
    case 'Site':
      return settingsChecks(value, ['spec', 'defaults']);
    case 'Environment':
      return [...environmentChecks(value), ...settingsChecks(value, ['spec'])];
    case 'Restore':
      return restoreDateChecks(value);
    case 'BackupRepository':
    case 'BackupPolicy':
    case 'Backup':
    case 'Promotion':
      return [];
    default:
      return kind satisfies never;
  }
}

function configChecks(file: string): FieldProblem[] {
  if (file === configPath) return [];
  const message = `a manifest of kind Pressluft belongs in ${configPath}, not in ${quoted(file)}`;
  return [{ code: diagnosticCodes.manifestMisplaced, message, path: ['kind'], at: 'value' }];
}
