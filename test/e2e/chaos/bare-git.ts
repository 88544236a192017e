import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from '../../../src/lab/git/repository.ts';

const exec = promisify(execFile);

/** `git` in the lab's bare repository: reads the remote without the network. */
export interface BareGit {
  run(...args: readonly string[]): Promise<string>;
  lines(...args: readonly string[]): Promise<readonly string[]>;
  /** Null when there is no such branch. */
  tip(branch: string): Promise<string | null>;
  /** What `read` returns for a commit. A commit does not change, so asking again about the last one starts no process. */
  ofCommit<T>(commit: string, read: () => Promise<T>): Promise<T>;
}

export function bareGit(repository: string): BareGit {
  let last: { readonly commit: string; readonly value: Promise<unknown> } | undefined;
  const run = async (...args: readonly string[]) => {
    const { stdout } = await exec('git', ['-C', repository, ...args], {
      env: { PATH: process.env.PATH, ...gitEnvironment },
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout.trimEnd();
  };
  return {
    run,
    lines: async (...args) => (await run(...args)).split('\n').filter((line) => line !== ''),
    tip: (branch) => tipOf(repository, branch),
    ofCommit: async <T>(commit: string, read: () => Promise<T>) => {
      const asked = last?.commit === commit ? last : { commit, value: read() };
      last = asked;
      try {
        return (await asked.value) as T;
      } catch (error) {
        if (last === asked) last = undefined;
        throw error;
      }
    },
  };
}

/**
 * From Git's files (gitrepository-layout(5)), since tests that wait for a push poll it: a branch has a file of its own, or a line in
 * `packed-refs`, which is written before that file is removed.
 */
async function tipOf(repository: string, branch: string): Promise<string | null> {
  const text = (path: string) => readFile(join(repository, path), 'utf8').catch(() => '');
  const own = /^[0-9a-f]{40}$/m.exec(await text(`refs/heads/${branch}`))?.[0];
  if (own !== undefined) return own;
  const packed = (await text('packed-refs')).split('\n');
  return packed.find((line) => line.endsWith(` refs/heads/${branch}`))?.slice(0, 40) ?? null;
}
