import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const identity = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@acme.example',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@acme.example',
};

/** Runs git in a directory; the last argument may be an environment. Returns what it printed, trimmed. */
export async function gitIn(
  dir: string,
  ...args: readonly (string | Readonly<Record<string, string>>)[]
): Promise<string> {
  const words = args.filter((arg) => typeof arg === 'string');
  const env = Object.assign(
    { PATH: process.env.PATH ?? '', HOME: dir },
    ...args.filter((arg) => typeof arg !== 'string'),
  );
  return (await run('git', words, { cwd: dir, env: { ...env, ...identity } })).stdout.trim();
}

/** A user's work tree. */
export interface Checkout {
  git(...args: readonly string[]): Promise<string>;
  replace(file: string, before: string, after: string): Promise<void>;
  commit(message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Pushes HEAD to a branch, never forced. */
  push(branch: string): Promise<string>;
}

/** Makes a directory a work tree with `url` as its origin. */
export async function checkout(dir: string, url: string): Promise<Checkout> {
  const git = (...args: readonly string[]) => gitIn(dir, ...args);
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', url);
  return {
    git,
    replace: async (file, before, after) => {
      const text = await readFile(join(dir, file), 'utf8');
      if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
      await writeFile(join(dir, file), text.replace(before, after));
    },
    commit: async (message, files) => {
      for (const [file, text] of Object.entries(files)) await writeFile(join(dir, file), text);
      await git('add', '--all');
      await git('commit', '--quiet', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    push: async (branch) => {
      await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
      await git('fetch', '--quiet', 'origin');
      return git('rev-parse', 'HEAD');
    },
  };
}
