import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gitEnvironment } from '../../../src/lab/git/repository.ts';

const exec = promisify(execFile);

/** `git` in the lab's bare repository: reads the remote without the network. */
export interface BareGit {
  run(...args: readonly string[]): Promise<string>;
  lines(...args: readonly string[]): Promise<readonly string[]>;
  /** Null when there is no such branch. */
  tip(branch: string): Promise<string | null>;
}

export function bareGit(repository: string): BareGit {
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
    tip: (branch) => run('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => null),
  };
}
