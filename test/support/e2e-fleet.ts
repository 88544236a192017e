import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Lab } from '../../src/lab/lab.ts';
import { installationRoot } from '../../src/main/paths.ts';
import { compileCache, moduleCache } from './compile-cache.ts';

const launcher = join(installationRoot, 'bin', 'pressluft');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A person's clone of a fleet repository, with a controller on the same remote. */
export interface E2eFleet {
  readonly workTree: string;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Writes files (null deletes), commits and pushes; returns the commit. */
  commit(files: Readonly<Record<string, string | null>>, message: string): Promise<string>;
  /** Replaces text in one file, which must contain it, then commits and pushes. */
  edit(file: string, from: string | RegExp, to: string, message: string): Promise<string>;
  /** `git revert` of a commit, pushed. */
  revert(commit: string): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  read(file: string): Promise<string>;
  pressluft(args: readonly string[], options?: CliOptions): Promise<Ended>;
  /** A controller in the background, in a process group of its own. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** A status document from the remote's status branch; undefined when there is none. */
  status(ref: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** The `Ready` condition as `True Converged`, `False NodeUnreachable`, … */
  ready(ref: string): Promise<string>;
  statusCommits(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** A fleet whose manifests are a copy of `example-repo/`, or the given files, pushed to the lab's remote over HTTP. */
export async function createFleet(
  lab: Pick<Lab, 'description' | 'env'>,
  files?: Readonly<Record<string, string>>,
): Promise<E2eFleet> {
  const root = await mkdtemp(join(tmpdir(), 'pressluft-e2e-'));
  const workTree = join(root, 'work');
  const stateDir = join(root, 'state');
  if (files === undefined) await cp(join(installationRoot, 'example-repo'), workTree, { recursive: true });
  else await mkdir(workTree);
  const { git: remote } = lab.description;
  const url = remote.httpUrl.replace('://', `://${remote.user}:${encodeURIComponent(remote.password)}@`);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: root,
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Alex Example',
    GIT_AUTHOR_EMAIL: 'alex@acme.example',
    GIT_COMMITTER_NAME: 'Alex Example',
    GIT_COMMITTER_EMAIL: 'alex@acme.example',
    PRESSLUFT_STATE_DIR: stateDir,
    ...compileCache,
    ...moduleCache,
    ...(process.env.PRESSLUFT_ANSIBLE_VENV === undefined
      ? {}
      : { PRESSLUFT_ANSIBLE_VENV: process.env.PRESSLUFT_ANSIBLE_VENV }),
    ...lab.env(),
  };

  const git = async (...args: readonly string[]) => {
    const ended = await finish(
      spawn('git', args, { cwd: workTree, env, stdio: ['ignore', 'pipe', 'pipe'] }),
      300_000,
    );
    if (ended.code !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`);
    return ended.stdout.trim();
  };
  const commit: E2eFleet['commit'] = async (changes, message) => {
    for (const [file, text] of Object.entries(changes)) {
      const path = resolve(workTree, file);
      await mkdir(dirname(path), { recursive: true });
      if (text === null) await rm(path);
      else await writeFile(path, text);
    }
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', message);
    await git('push', '-q', 'origin', 'HEAD:main');
    return git('rev-parse', 'HEAD');
  };
  /** A fetch starts seven processes, and most questions are asked when nothing was pushed: the remote's own files tell that. */
  let fetched = '';
  const fetch = async () => {
    const tips = await git('-C', remote.repository, 'for-each-ref', 'refs/heads');
    if (tips === fetched) return;
    await git('fetch', '-q', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    fetched = tips;
  };
  const status: E2eFleet['status'] = async (ref) => {
    await fetch();
    const text = await git('show', `origin/pressluft/status:status/${ref}.yaml`).catch(() => '');
    return text === '' ? undefined : (parse(text) as Record<string, unknown>);
  };

  await git('init', '-q', '-b', 'main');
  await git('remote', 'add', 'origin', url);
  await commit(files ?? {}, 'feat: describe the fleet');
  return {
    workTree,
    stateDir,
    env,
    git,
    commit,
    status,
    edit: async (file, from, to, message) => {
      const before = await readFile(join(workTree, file), 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} does not contain ${from}`);
      return commit({ [file]: after }, message);
    },
    revert: async (sha) => {
      await git('revert', '--no-edit', sha);
      await git('push', '-q', 'origin', 'HEAD:main');
      return git('rev-parse', 'HEAD');
    },
    read: (file) => readFile(join(workTree, file), 'utf8'),
    pressluft: (args, options = {}) =>
      finish(
        spawn(launcher, args, {
          cwd: root,
          env: { ...env, ...options.env },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
        options.timeoutMs ?? 600_000,
      ),
    start: (args, extra = {}) =>
      spawn(launcher, args, {
        cwd: root,
        env: { ...env, ...extra },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      }),
    ready: async (ref) => {
      const conditions = ((await status(ref))?.conditions ?? []) as readonly Record<string, string>[];
      const found = conditions.find((condition) => condition.type === 'Ready');
      return found === undefined ? 'none' : `${found.status} ${found.reason}`;
    },
    statusCommits: async () => {
      await fetch();
      const log = await git('log', '--format=%H', 'origin/pressluft/status').catch(() => '');
      return log === '' ? [] : log.split('\n');
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Collects a child's output until it ends; kills it when it takes too long. */
export async function finish(child: ChildProcess, timeoutMs: number): Promise<Ended> {
  const started = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code: code ?? 137, stdout, stderr, durationMs: performance.now() - started };
}

/** Polls until the condition holds; fails with the last value. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  isSo: (value: T) => boolean,
  timeoutMs: number,
  pauseMs = 250,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (performance.now() > deadline)
      throw new Error(`${what}: not so after ${timeoutMs} ms; last: ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}
