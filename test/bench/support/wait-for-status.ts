import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parse } from 'yaml';

const exec = promisify(execFile);

/** The bare repository that the lab serves, read on this machine, so that reading it does not affect the measurement. */
export async function isReady(repository: string, environment: string): Promise<boolean> {
  const file = `refs/heads/pressluft/status:status/environment/${environment}.yaml`;
  const git = ['-c', 'safe.directory=*', '--git-dir', repository, 'show', file];
  const text = await exec('git', git, { env: { PATH: process.env.PATH, LC_ALL: 'C' } }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  if (text === '') return false;
  const { conditions = [] } = parse(text) as { conditions?: readonly Record<string, string>[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Checks every 50 ms until the condition holds; resolves with the elapsed time, ms. */
export async function timeUntil(
  what: string,
  isSo: () => Promise<boolean>,
  timeoutMs: number,
): Promise<number> {
  const started = performance.now();
  while (!(await isSo())) {
    if (performance.now() - started > timeoutMs) throw new Error(`${what}: not so after ${timeoutMs} ms`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return performance.now() - started;
}
