import { parse } from 'yaml';
import type { Condition } from '../../../src/fleet/recorded.ts';
import type { BareGit } from './bare-git.ts';

export const statusBranch = 'pressluft/status';

export interface StatusFile {
  readonly path: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** All status documents of the tip of the status branch. */
export async function statusFiles(git: BareGit): Promise<readonly StatusFile[]> {
  // The daemon may push while this reads.
  const tip = await git.tip(statusBranch);
  if (tip === null) return [];
  return git.ofCommit(tip, async () => {
    const paths = await git.lines('ls-tree', '-r', '--name-only', tip, '--', 'status/');
    return Promise.all(
      paths.map(async (path) => ({
        path,
        document: parse(await git.run('show', `${tip}:${path}`)) as Record<string, unknown>,
      })),
    );
  });
}

/** Null when everything of that commit is Ready, otherwise what is not. */
export async function whatIsNotReady(git: BareGit, commit: string): Promise<string | null> {
  const files = await statusFiles(git);
  const fleet = files.find(({ path }) => path.startsWith('status/pressluft/'))?.document;
  const seen = (fleet?.source as { observedRevision?: string } | undefined)?.observedRevision;
  if (seen !== commit) return `seen: ${String(seen)}, wanted: ${commit}`;
  const waiting = files.filter(({ document }) => readyOf(document)?.status !== 'True');
  if (waiting.length === 0) return null;
  return waiting
    .map(({ path, document }) => `${path}: ${readyOf(document)?.reason} ${readyOf(document)?.message}`)
    .join('; ');
}

function readyOf(document: StatusFile['document']): Condition | undefined {
  const conditions = (document.conditions ?? []) as readonly Condition[];
  return conditions.find(({ type }) => type === 'Ready');
}
