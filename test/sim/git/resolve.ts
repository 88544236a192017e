import { incomingRef, sourceRef, statusRef, tagRef } from '../../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { SimClone } from './clone.ts';
import type { SimCommit } from './objects.ts';

const plainRevision = /^([\w][\w./+-]*)((?:[~^][0-9]{0,9})*)$/;

/** Like the adapter: resolves names of branches and tags, commits, and steps to their parents. */
export function resolveIn(clone: SimClone, branch: string, revision: string): CommitSha | null {
  const [, base = '', steps = ''] = plainRevision.exec(revision) ?? [];
  const name = base.replace(/^refs\/(?:heads|tags)\//, '');
  const { refs } = clone;
  const known =
    name === branch || name === 'HEAD'
      ? refs.get(sourceRef(branch))
      : (refs.get(statusRef(name)) ?? refs.get(incomingRef(name)) ?? refs.get(tagRef(name)));
  let at = clone.commits.get(known ?? '') ?? abbreviated(clone, base);
  for (const [, sign, count] of steps.matchAll(/([~^])([0-9]*)/g)) {
    const number = count === '' || count === undefined ? 1 : Number(count);
    if (sign === '^') at = number === 0 ? at : parentOf(clone, at, number - 1);
    else for (let step = 0; step < number && at !== undefined; step += 1) at = parentOf(clone, at, 0);
  }
  return at?.sha ?? null;
}

function parentOf(clone: SimClone, commit: SimCommit | undefined, index: number): SimCommit | undefined {
  return clone.commits.get(commit?.parents[index] ?? '');
}

function abbreviated(clone: SimClone, text: string): SimCommit | undefined {
  if (!/^[0-9a-f]{4,40}$/i.test(text)) return undefined;
  const prefix = text.toLowerCase();
  const exact = clone.commits.get(prefix);
  if (exact !== undefined) return exact;
  const found = [...clone.commits.values()].filter(({ sha }) => sha.startsWith(prefix));
  return found.length === 1 ? found[0] : undefined;
}
