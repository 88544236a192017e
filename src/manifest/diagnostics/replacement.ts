import type { OffsetProblem } from './problem.ts';

const nearestSpelling = /^did you mean "([^"…]+)"\?$/;
const quotedVersion = /^"([0-9.]+)"$/;
const oneScalar = /^(?:"[\w./-]*"|'[\w./-]*'|[\w./-]+)$/;
const plainName = /^[A-Za-z](?:[\w./-]*\w)?$/;
/** Plain scalars that YAML, or a reader of its older version, takes for something else than text. */
const ambiguous = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/**
 * The text that can stand in place of what is marked, when the hint of a problem is exact: one spelling of one scalar. A
 * tool may then put it there without asking what it means.
 */
export function replacementOf(text: string, { suggestion, start, end }: OffsetProblem): string | undefined {
  if (suggestion === undefined || end <= start || !oneScalar.test(text.slice(start, end))) return undefined;
  if (quotedVersion.test(suggestion)) return suggestion;
  const name = nearestSpelling.exec(suggestion)?.[1];
  return name !== undefined && plainName.test(name) && !ambiguous.test(name) ? name : undefined;
}
