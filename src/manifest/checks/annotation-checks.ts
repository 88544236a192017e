import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { entriesAt } from '../plain.ts';

/** Its text is the reason why an environment ignores maintenance windows and freezes. */
export const ignoreWindows = 'pressluft.dev/ignore-windows';

const ownPrefix = 'pressluft.dev/';

export function annotationChecks(kind: ResourceKind, value: Json): FieldProblem[] {
  return entriesAt(value, 'metadata', 'annotations').flatMap(([key, text]) => {
    const path = ['metadata', 'annotations', key];
    if (key === ignoreWindows && kind === 'Environment') return reasonCheck(path, text);
    return key.startsWith(ownPrefix) ? [withoutEffect(kind, key, path)] : [];
  });
}

function reasonCheck(path: readonly string[], text: Json): FieldProblem[] {
  if (typeof text !== 'string' || text.trim() !== '') return [];
  const message = `${ignoreWindows} gives no reason`;
  const expected =
    'why the environment ignores windows, e.g. "hotfix of the checkout, agreed with the owner"';
  return [{ code: diagnosticCodes.reasonMissing, message, path, at: 'value', expected }];
}

function withoutEffect(kind: ResourceKind, key: string, path: readonly string[]): FieldProblem {
  if (key === ignoreWindows) {
    const message = `the annotation ${ignoreWindows} is for environments only`;
    return { code: diagnosticCodes.annotationUnused, message, path, at: 'key' };
  }
  const guess = kind === 'Environment' ? nearest(key, [ignoreWindows]) : undefined;
  const suggestion = guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
  const message = `Pressluft has no annotation ${quoted(key)}`;
  return { code: diagnosticCodes.annotationUnused, message, path, at: 'key', suggestion };
}
