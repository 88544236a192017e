import type { ResourceRef } from '../fleet/brand.ts';
import { printable } from '../fleet/printable.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { ActionResult, Run } from '../fleet/run.ts';
import { hasChanged } from './changes.ts';

/** The message of a status commit is read by `git log`, and by readers with a limit of 1 MiB for a commit. */
const maxLines = 200;
const maxSubject = 100;

interface Recording {
  readonly recorded: RecordedFleet;
  readonly wanted: ReadonlyMap<ResourceRef, StatusDocument>;
  /** Commit of the manifests. */
  readonly revision: string;
  /** Runs that are recorded by this commit. */
  readonly runs: readonly Run[];
}

/** Subject and body of a status commit: what was done, what failed, and which resources changed to which state. */
export function recordMessage({ recorded, wanted, revision, runs }: Recording): string {
  const transitions = [...wanted.values()].flatMap((status) =>
    transition(recorded.status.get(status.ref), status),
  );
  const gone = [...recorded.status.keys()]
    .filter((ref) => !wanted.has(ref))
    .map((ref): Transition => ({ ref, to: 'removed', text: 'removed' }));
  const all = [...transitions, ...gone];
  const applied = runs.at(-1)?.commit ?? revision;
  const done = doneWords(
    runs.flatMap(({ results }) => results),
    applied,
  );
  const interrupted = runs.filter((run) => run.interrupted === true).length;
  const parts = [...done, ...(interrupted === 0 ? [] : [`${counted(interrupted, 'run')} interrupted`])];
  const subject = parts.length > 0 ? parts.join(', ') : stateWords(all, recorded, wanted, revision);
  // A single transition that the subject spells out needs no list.
  const listed = all.length > 1 || (all.length === 1 && parts.length > 0) ? bodyLines(all) : [];
  const body = listed.length === 0 ? '' : `\n${listed.map((line) => `* ${line}`).join('\n')}\n`;
  const trailers = [
    `Pressluft-Source-Revision: ${revision}`,
    ...runs.map((run) => `Pressluft-Run: ${run.id}`),
  ];
  return `${cut(`status: ${subject}`)}\n${body}\n${trailers.join('\n')}\n`;
}

function cut(subject: string): string {
  return subject.length <= maxSubject ? subject : `${subject.slice(0, maxSubject - 1)}…`;
}

/** What the actions of the runs did, in the order of what a person needs to know first. */
function doneWords(results: readonly ActionResult[], revision: string): readonly string[] {
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  const succeeded = results.filter(({ outcome }) => outcome === 'succeeded');
  const drifted = succeeded.filter(({ reason }) => reason === 'Drifted');
  const removed = succeeded.filter(({ reason }) => reason === 'Removed');
  const rest = succeeded.filter(({ reason }) => reason !== 'Drifted' && reason !== 'Removed');
  const applied = rest.filter(({ resource }) => !failed.some((result) => result.resource === resource));
  return [
    ...phrase(failed, (what) => `${what} failed`),
    ...phrase(drifted, (what, [only]) => `repaired ${what}${only === undefined ? '' : fieldWords(only)}`),
    ...phrase(removed, (what) => `removed ${what}`),
    ...phrase(applied, (what) => `applied ${revision.slice(0, 7)} to ${what}`),
  ];
}

/** The words for results: their resource if it is only one, else their number by kind. */
function phrase(
  results: readonly ActionResult[],
  words: (what: string, only: readonly ActionResult[]) => string,
): readonly string[] {
  const refs = [...new Set(results.map(({ resource }) => resource))];
  const [first] = refs;
  if (first === undefined) return [];
  if (refs.length === 1) return [words(first, results)];
  const kinds = Map.groupBy(refs, (ref) => parseResourceRef(ref)?.kind.toLowerCase() ?? 'resource');
  return [words([...kinds].map(([kind, members]) => counted(members.length, kind)).join(' and '), [])];
}

/** ` (title, wordpress.activeTheme)`: what had drifted. */
function fieldWords({ changes = [] }: ActionResult): string {
  const [one, two, ...more] = changes.map(({ field }) => printable(field));
  if (one === undefined) return '';
  return ` (${two === undefined ? one : more.length === 0 ? `${one}, ${two}` : `${one} and ${more.length + 1} more`})`;
}

function stateWords(
  all: readonly Transition[],
  recorded: RecordedFleet,
  wanted: ReadonlyMap<ResourceRef, StatusDocument>,
  revision: string,
): string {
  const [only, ...others] = all;
  if (only !== undefined) return others.length === 0 ? lineOf(only) : `${all.length} transitions`;
  const changed = [...wanted.values()].filter((status) => {
    const before = recorded.status.get(status.ref);
    return status.observedRevision === null && (before === undefined || hasChanged(before, status));
  });
  const [first, ...more] = changed;
  if (first === undefined) return `no changes for ${revision.slice(0, 7)}`;
  return more.length === 0 ? `facts of ${first.ref}` : `facts of ${changed.length} resources`;
}

/** At most {@link maxLines}; further transitions are counted by the state that they end in. */
function bodyLines(all: readonly Transition[]): readonly string[] {
  if (all.length <= maxLines) return all.map(lineOf);
  const shown = all.slice(0, maxLines);
  const rest = [...Map.groupBy(all.slice(maxLines), ({ to }) => to)];
  const counts = rest.sort(([, a], [, b]) => b.length - a.length).slice(0, 20);
  return [
    ...shown.map(lineOf),
    `and ${all.length - maxLines} more: ${counts.map(([to, { length }]) => `${length} ${to}`).join(', ')}`,
  ];
}

interface Transition {
  readonly ref: ResourceRef;
  /** The state that it ends in. */
  readonly to: string;
  readonly text: string;
}

function lineOf({ ref, text }: Transition): string {
  return `${ref}: ${text}`;
}

function transition(before: StatusDocument | undefined, after: StatusDocument): readonly Transition[] {
  const [was, is] = [readyReason(before), readyReason(after)];
  if (was !== is)
    return [{ ref: after.ref, to: is ?? '', text: `${was === null ? '' : `${was} → `}${is ?? ''}` }];
  const applied = after.appliedRevision;
  // Ready before and after, with another commit applied in between: listed as well.
  return applied === null || applied === before?.appliedRevision
    ? []
    : [{ ref: after.ref, to: 'applied', text: `applied ${applied.slice(0, 7)}` }];
}

function readyReason(status: StatusDocument | undefined): string | null {
  const condition = status?.conditions.find((candidate) => candidate.type === 'Ready');
  return condition === undefined
    ? null
    : condition.status === 'True'
      ? `Ready (${condition.reason})`
      : condition.reason;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
