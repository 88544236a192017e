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
    tip: async (branch) =>
      (await looseTip(repository, branch)) ??
      (await run('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => null)),
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

/** Polled by tests that wait for a push: Git keeps a branch that has moved since the last `git pack-refs` in a file of its own. */
async function looseTip(repository: string, branch: string): Promise<string | null> {
  const text = await readFile(join(repository, 'refs/heads', branch), 'utf8').catch(() => '');
  return /^[0-9a-f]{40}$/.exec(text.trim())?.[0] ?? null;
}
