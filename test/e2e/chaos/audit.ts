import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parse } from 'yaml';
import type { BareGit } from './bare-git.ts';
import { statusBranch } from './status-branch.ts';

/** Errors in the records of a fleet, one line each, with counts of the records. */
export interface Audit {
  readonly problems: readonly string[];
  readonly statusCommits: number;
  readonly runs: number;
  readonly interruptedRuns: number;
  readonly failedRuns: number;
  /** Source commits that a record names; the others were replaced by a later one before any pass ended. */
  readonly recordedCommits: number;
}

/** Checks the whole history of the status branch, every move of it on the remote, and the runs in the controller's store. */
export async function auditRecords(
  git: BareGit,
  stateDir: string,
  sources: readonly string[],
): Promise<Audit> {
  const problems: string[] = [];
  const commits = await git.lines('rev-list', '--reverse', '--parents', statusBranch);
  for (const line of commits) if (line.split(' ').length > 2) problems.push(`a merge: ${line}`);
  if (commits.filter((line) => !line.includes(' ')).length !== 1) problems.push('not one root');
  problems.push(...(await forcedMoves(git)));
  const runs = await recordedRuns(git, problems);
  problems.push(...(await unrecordedRuns(stateDir, runs)));
  const recorded = await trailerProblems(git, sources, [...runs.keys()], problems);
  for (const [id, run] of runs)
    if (!sources.includes(run.revision)) problems.push(`run ${id} is of no source commit: ${run.revision}`);
  return {
    problems,
    statusCommits: commits.length,
    runs: runs.size,
    interruptedRuns: [...runs.values()].filter(({ interrupted }) => interrupted === true).length,
    failedRuns: [...runs.values()].filter(({ results }) =>
      results.some(({ outcome }) => outcome === 'failed'),
    ).length,
    recordedCommits: recorded,
  };
}

/** Moves of the branch on the remote, by its reflog, that were not fast-forward. */
async function forcedMoves(git: BareGit): Promise<readonly string[]> {
  const moves = (await git.lines('log', '-g', '--format=%H', statusBranch)).toReversed();
  const problems: string[] = [];
  for (const [index, to] of moves.entries()) {
    const from = moves[index - 1];
    if (from === undefined) continue;
    const isForward = await git.run('merge-base', '--is-ancestor', from, to).then(
      () => true,
      () => false,
    );
    if (!isForward) problems.push(`forced: ${from} -> ${to}`);
  }
  return moves.length === 0 ? ['the remote kept no reflog'] : problems;
}

interface RecordedRun {
  readonly revision: string;
  readonly interrupted?: boolean;
  readonly results: readonly { readonly outcome: string }[];
}

/** Records of runs at the tip; each must have been added once and never changed. */
async function recordedRuns(git: BareGit, problems: string[]): Promise<ReadonlyMap<string, RecordedRun>> {
  const added = new Set<string>();
  for (const line of await git.lines(
    'log',
    '--reverse',
    '--name-status',
    '--format=',
    statusBranch,
    '--',
    'runs/',
    'backups/',
  )) {
    const [change, path = ''] = line.split('\t');
    if (change !== 'A' || added.has(path)) problems.push(`a record was not only added: ${line}`);
    added.add(path);
  }
  const runs = new Map<string, RecordedRun>();
  for (const path of added) {
    const document = parse(await git.run('show', `${statusBranch}:${path}`)) as RecordedRun & {
      metadata: { name: string };
    };
    if (runs.has(document.metadata.name)) problems.push(`run ${document.metadata.name} is recorded twice`);
    runs.set(document.metadata.name, document);
  }
  return runs;
}

/** Runs that are in the store and not in Git, or the reverse. */
async function unrecordedRuns(
  stateDir: string,
  recorded: ReadonlyMap<string, RecordedRun>,
): Promise<readonly string[]> {
  const store = new DatabaseSync(join(stateDir, 'store.sqlite'), { readOnly: true });
  try {
    const rows = store.prepare('SELECT id, document FROM run').all() as {
      id: string;
      document: string | null;
    }[];
    const known = new Set(rows.map(({ id }) => id));
    return [
      ...rows.filter(({ document }) => document === null).map(({ id }) => `run ${id} was never closed`),
      ...rows.filter(({ id }) => !recorded.has(id)).map(({ id }) => `run ${id} is not in Git`),
      ...[...recorded.keys()].filter((id) => !known.has(id)).map((id) => `run ${id} is not in the store`),
    ];
  } finally {
    store.close();
  }
}

/** Revisions must be source commits, in their order; every run must be announced by exactly one commit. Returns how many are named. */
async function trailerProblems(
  git: BareGit,
  sources: readonly string[],
  runs: readonly string[],
  problems: string[],
): Promise<number> {
  const trailers = async (name: string) =>
    (await git.run('log', '--reverse', `--format=%(trailers:key=${name},valueonly)`, statusBranch))
      .split(/\s+/)
      .filter((value) => value !== '');
  const revisions = await trailers('Pressluft-Source-Revision');
  const places = revisions.map((revision) => sources.indexOf(revision));
  if (places.includes(-1)) problems.push('a status commit names a revision that is no source commit');
  if (places.some((place, index) => place < (places[index - 1] ?? 0)))
    problems.push('the recorded revisions go back in time');
  if (places.at(-1) !== sources.length - 1) problems.push('the last source commit is not recorded');
  const announced = await trailers('Pressluft-Run');
  for (const id of runs) {
    const times = announced.filter((other) => other === id).length;
    if (times !== 1) problems.push(`run ${id} is announced ${times} times`);
  }
  for (const id of announced)
    if (!runs.includes(id)) problems.push(`run ${id} is announced without a record`);
  return new Set(places).size;
}
