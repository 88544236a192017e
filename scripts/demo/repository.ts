import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { installationRoot } from '../../src/main/paths.ts';
import { must, run } from './shell.ts';

export interface Repository {
  readonly dir: string;
  /** Applies replacements to files, commits and pushes them; `review` is called with the commit before the push. */
  change(edits: readonly Edit[], message: string, review: () => Promise<void>): Promise<string>;
  /** Reverts the commit and pushes. */
  revert(commit: string): Promise<string>;
  /** All status documents of the status branch, by resource. */
  status(): Promise<ReadonlyMap<string, StatusView>>;
  /** One line for each commit of the status branch, newest first. */
  statusLog(): Promise<readonly string[]>;
}

export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface StatusView {
  readonly resource: string;
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
  readonly digest: string;
  readonly observedRevision: string | undefined;
  readonly node: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A user's clone with a copy of example-repo/, pushed to the lab's Git remote. */
export async function createRepository(dir: string, env: NodeJS.ProcessEnv): Promise<Repository> {
  await mkdir(dir, { recursive: true });
  await cp(join(installationRoot, 'example-repo'), dir, { recursive: true });
  const remote = new URL(env.PRESSLUFT_REPO ?? '');
  remote.username = env.PRESSLUFT_GIT_USER ?? '';
  remote.password = env.PRESSLUFT_GIT_PASSWORD ?? '';
  const identity = [
    '-c',
    'user.name=You',
    '-c',
    'user.email=you@acme.example',
    '-c',
    'init.defaultBranch=main',
  ];
  const git = (...args: readonly string[]) => must('git', [...identity, ...args], { cwd: dir, quiet: true });
  const push = async () => {
    await git('push', '--quiet', '--force-with-lease', 'origin', 'HEAD:main');
    return git('rev-parse', 'HEAD');
  };
  await git('init', '--quiet');
  await git('remote', 'add', 'origin', remote.href);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'feat: our first three sites');
  await push();
  return {
    dir,
    change: async (edits, message, review) => {
      for (const edit of edits) await apply(dir, edit);
      await git('commit', '--quiet', '--all', '--message', message);
      await review();
      return push();
    },
    revert: async (commit) => {
      await git('revert', '--no-edit', commit);
      return push();
    },
    status: () => readStatus(dir, git),
    statusLog: async () => {
      await git('fetch', '--quiet', 'origin');
      return (await git('log', '--format=%h  %s', 'origin/pressluft/status')).split('\n');
    },
  };
}

async function apply(dir: string, { file, from, to }: Edit): Promise<void> {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold "${from}"`);
  await writeFile(path, text.replace(from, to));
}

async function readStatus(
  dir: string,
  git: (...args: readonly string[]) => Promise<string>,
): Promise<ReadonlyMap<string, StatusView>> {
  await git('fetch', '--quiet', 'origin');
  const branch = 'origin/pressluft/status';
  const listing = await run('git', ['ls-tree', '-r', '--name-only', branch, 'status/'], {
    cwd: dir,
    quiet: true,
  });
  const files = listing.code === 0 ? listing.stdout.trim().split('\n').filter(Boolean) : [];
  const views = await Promise.all(
    files.map(async (file) => view(parse(await git('show', `${branch}:${file}`)))),
  );
  return new Map(views.map((status) => [status.resource, status]));
}

interface RawStatus {
  readonly resource: string;
  readonly source?: { readonly observedRevision?: string };
  readonly appliedDigest?: string;
  readonly node?: string;
  readonly details?: Record<string, unknown>;
  readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
}

function view(raw: RawStatus): StatusView {
  const ready = raw.conditions?.find((condition) => condition.type === 'Ready');
  return {
    resource: raw.resource,
    ready: ready?.status === 'True',
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
    digest: raw.appliedDigest ?? '',
    observedRevision: raw.source?.observedRevision,
    node: raw.node,
    details: raw.details ?? {},
  };
}
