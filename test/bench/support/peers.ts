import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pressluft', 'bench');

export interface Peer {
  readonly path: string;
  readonly version: string;
}

/** Installs kubeconform with Go; a text gives the reason why it is missing. */
export async function kubeconform(): Promise<Peer | string> {
  const path = join(cacheDir, 'bin', 'kubeconform');
  return installed(path, ['-v'], () =>
    exec('go', ['install', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0'], {
      env: { ...process.env, GOBIN: join(cacheDir, 'bin'), GOTOOLCHAIN: 'auto', GOFLAGS: '-modcacherw' },
      timeout: 300_000,
    }),
  );
}

/** Installs check-jsonschema into a separate virtualenv; a text gives the reason why it is missing. */
export async function checkJsonschema(): Promise<Peer | string> {
  const venv = join(cacheDir, 'check-jsonschema');
  return installed(join(venv, 'bin', 'check-jsonschema'), ['--version'], async () => {
    await exec('python3', ['-m', 'venv', venv], { timeout: 120_000 });
    await exec(join(venv, 'bin', 'pip'), ['install', '--quiet', 'check-jsonschema==0.33.0'], {
      timeout: 300_000,
    });
  });
}

async function installed(
  path: string,
  versionFlags: readonly string[],
  install: () => Promise<unknown>,
): Promise<Peer | string> {
  try {
    await mkdir(cacheDir, { recursive: true });
    await access(path).catch(install);
    const { stdout } = await exec(path, [...versionFlags]);
    return { path, version: stdout.trim().split(/\s+/).at(-1) ?? '' };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `not installed: ${reason?.slice(0, 100)}`;
  }
}

/** Our schemas, each without references to other files, under the name that kubeconform expects. */
export async function writeSchemas(launcher: string, dir: string, kinds: readonly string[]): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const kind of kinds) {
    const { stdout } = await exec(launcher, ['schema', kind]);
    await writeFile(join(dir, `${kind.toLowerCase()}.json`), stdout);
  }
}
