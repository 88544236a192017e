import { isAbsolute, relative, sep } from 'node:path';
import { type ResourceKind, resourceKinds } from '../fleet/resource.ts';
import {
  type Diagnostic,
  type LoadedFleet,
  renderDiagnosticsJson,
  renderDiagnosticsText,
  renderGithubAnnotations,
  renderGitlab,
  renderJunit,
  renderSarif,
  type Severity,
} from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { jsonText } from './json-text.ts';
import type { Paint } from './paint.ts';

export const validateFormats = ['text', 'json', 'github', 'gitlab', 'sarif', 'junit'] as const;
export type ValidateFormat = (typeof validateFormats)[number];

/** The result of a validation, with what reports need to refer to it. */
export interface Validation {
  readonly loaded: LoadedFleet;
  readonly valid: boolean;
  /** Directory of the fleet in the checkout, with a trailing slash, or empty. Forges need paths relative to the root. */
  readonly prefix: string;
  readonly version: string;
  /** End of the sentence "12 more errors …" where not all errors can be shown. */
  readonly readOn: string;
}

/** The result in one of its formats; empty, or ends with a newline. */
export function renderValidation(validation: Validation, format: ValidateFormat, paint: Paint): string {
  switch (format) {
    case 'text':
      return text(validation, paint);
    case 'json':
      return json(validation);
    case 'github':
      return renderGithubAnnotations(inCheckout(validation), validation.readOn);
    case 'gitlab':
      return jsonText(renderGitlab(inCheckout(validation)));
    case 'sarif':
      return jsonText(renderSarif(inCheckout(validation), validation.version));
    case 'junit':
      return renderJunit(inCheckout(validation), filesOf(validation));
    default:
      return format satisfies never;
  }
}

function text(validation: Validation, paint: Paint): string {
  const found = renderDiagnosticsText(validation.loaded.diagnostics, diagnosticStyle(paint));
  return `${found}${found === '' ? '' : '\n'}${verdictLine(validation, paint)}`;
}

function json({ loaded, valid }: Validation): string {
  const { resources, fileCount, diagnostics } = loaded;
  return jsonText({
    ...renderDiagnosticsJson(diagnostics),
    valid,
    files: fileCount,
    resources: resources.map((resource) => resource.ref),
  });
}

/** The findings with paths relative to the root of the checkout. */
export function inCheckout({ loaded, prefix }: Validation): readonly Diagnostic[] {
  if (prefix === '') return loaded.diagnostics;
  return loaded.diagnostics.map((found) => ({ ...found, file: `${prefix}${found.file}` }));
}

function filesOf({ loaded, prefix }: Validation): readonly string[] {
  return [...new Set(loaded.resources.map(({ file }) => `${prefix}${file}`))];
}

/** `5 environments, 3 sites, 2 nodes in 12 files: valid, 1 warning`, and a newline. */
export function verdictLine(validation: Validation, paint: Paint): string {
  return `${contents(validation.loaded)}: ${verdict(validation, paint)}\n`;
}

function verdict({ loaded, valid }: Validation, paint: Paint): string {
  const number = (severity: Severity) =>
    loaded.diagnostics.filter((found) => found.severity === severity).length;
  const errors = count(number('error'), 'error');
  const first = valid ? paint.green('valid') : paint.red(errors);
  const warnings = number('warning');
  return warnings === 0 ? first : `${first}, ${paint.yellow(count(warnings, 'warning'))}`;
}

/** The most used kinds first, then the others. */
const counted = [
  ...new Set<ResourceKind>(['Environment', 'Site', 'Node', 'Provider', 'BackupPolicy', ...resourceKinds]),
].filter((kind) => kind !== 'Pressluft');

function contents({ resources, fileCount }: LoadedFleet): string {
  const numbers = new Map<ResourceKind, number>(resourceKinds.map((kind) => [kind, 0]));
  for (const { kind } of resources) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  const counts = counted.flatMap((kind) => {
    const number = numbers.get(kind) ?? 0;
    return number === 0 ? [] : [count(number, nounOf(kind))];
  });
  return `${counts.length === 0 ? 'no resources' : counts.join(', ')} in ${count(fileCount, 'file')}`;
}

/** `backup policy` of `BackupPolicy`. */
function nounOf(kind: ResourceKind): string {
  return kind.replace(/(?<!^)[A-Z]/g, ' $&').toLowerCase();
}

function count(number: number, noun: string): string {
  if (number === 1) return `1 ${noun}`;
  return `${number} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

/**
 * Path of `dir` in the checkout, with a trailing slash; empty for the root. The checkout is the one that the CI system names, otherwise
 * the current directory.
 */
export function prefixInCheckout({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>, dir: string): string {
  for (const root of [env.GITHUB_WORKSPACE, env.CI_PROJECT_DIR, cwd]) {
    if (root === undefined || root === '') continue;
    const path = relative(root, dir);
    if (path === '') return '';
    if (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path))
      return `${path.split(sep).join('/')}/`;
  }
  return '';
}
