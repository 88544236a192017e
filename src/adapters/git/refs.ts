import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { GitCommand } from './git-command.ts';

/**
 * The refs of the local clone, all under `refs/pressluft/`, by the name of the branch they belong to:
 * `source/<branch>` is the followed commit, `status/<branch>` the status branch as the remote has it, `incoming/<branch>` the newest
 * tip whose whole history is here, `tag/<tag>` the tagged commits among them, and `lost/<sha>` the tips that the remote no longer has.
 * Also held in memory: the clone has one owner.
 */
export interface Refs {
  get(name: string): CommitSha | null;
  /** Every commit that is known to be complete here. */
  tips(): ReadonlySet<CommitSha>;
  names(): readonly string[];
  /** Whether some refs could not be read: their files were torn by a crash, and git would fail on them every time. */
  readonly broken: boolean;
  /** All or nothing, durable; null deletes. */
  update(changes: ReadonlyMap<string, CommitSha | null>): Promise<void>;
}

export const sourceRef = (branch: string) => `refs/pressluft/source/${refComponent(branch)}`;
export const statusRef = (branch: string) => `refs/pressluft/status/${refComponent(branch)}`;
export const incomingRef = (branch: string) => `refs/pressluft/incoming/${refComponent(branch)}`;
export const tagRef = (tag: string) => `refs/pressluft/tag/${refComponent(tag)}`;
export const isSourceRef = (name: string) => name.startsWith('refs/pressluft/source/');
export const isLostRef = (name: string) => name.startsWith('refs/pressluft/lost/');
export const lostRef = (commit: CommitSha) => `refs/pressluft/lost/${commit}`;

export async function loadRefs(git: GitCommand): Promise<Refs> {
  const values = new Map<string, CommitSha>();
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/pressluft/'];
  const { exitCode, stdout, stderr } = await git.try(args, { maxOutputBytes: 16 * 1_048_576 });
  if (exitCode !== 0)
    throw new PressluftError(errors.cloneIncomplete, 'The refs of the local clone cannot be read');
  for (const line of stdout.split('\n')) {
    const commit = parseCommitSha(line.slice(0, 40));
    if (commit !== undefined) values.set(line.slice(41), commit);
  }
  return {
    get: (name) => values.get(name) ?? null,
    tips: () => new Set(values.values()),
    names: () => [...values.keys()],
    broken: /ignoring broken ref/.test(stderr),
    async update(changes) {
      const needed = [...changes].filter(([name, value]) => (values.get(name) ?? null) !== value);
      if (needed.length === 0) return;
      const input = needed
        .map(([name, value]) => (value === null ? `delete ${name}\n` : `update ${name} ${value}\n`))
        .join('');
      await git.run(['update-ref', '--stdin'], { input });
      for (const [name, value] of needed) {
        if (value === null) values.delete(name);
        else values.set(name, value);
      }
    },
  };
}

/** One path component, so that the branches `a` and `a/b` can coexist; `%` is allowed in the name of a ref. */
function refComponent(branch: string): string {
  return branch.replaceAll('%', '%25').replaceAll('/', '%2F');
}
