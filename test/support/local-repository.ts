import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A bare repository in a temporary directory, with a work tree beside it from which a person pushes. */
export interface LocalRepository {
  readonly dir: string;
  /** Path of the bare repository: the URL of the remote. */
  readonly url: string;
  /** Writes files (null deletes), commits and pushes; returns the commit. */
  commit(files: Readonly<Record<string, string | null>>, message?: string, branch?: string): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

export async function localRepository(): Promise<LocalRepository> {
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-test-'));
  const [url, work] = [join(dir, 'remote.git'), join(dir, 'work')];
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A Person',
    GIT_AUTHOR_EMAIL: 'person@acme.example',
    GIT_COMMITTER_NAME: 'A Person',
    GIT_COMMITTER_EMAIL: 'person@acme.example',
  };
  const git = async (...args: readonly string[]) =>
    (await run('git', [...args], { cwd: work, env })).stdout.trim();
  await mkdir(work);
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', url], { env });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', url);
  return {
    dir,
    url,
    git,
    commit: async (files, message = 'a change', branch = 'main') => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(work, path);
        await mkdir(dirname(file), { recursive: true });
        if (text === null) await rm(file);
        else await writeFile(file, text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '-m', message);
      await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
