import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/doctor/report.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const store = process.env.PRESSLUFT_IMAGE_STORE ?? '/var/cache/pressluft-image';

/** `npm run image` needs root: it makes a base image where no registry can be reached. */
describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('the container image', () => {
  let report: DoctorReport;
  let image: ImageConfig;

  beforeAll(async () => {
    const env = { ...process.env, PRESSLUFT_IMAGE_BASE: 'local' };
    const { stdout } = await run('sh', [join(root, 'scripts/image.sh')], { env, timeout: 800_000 });
    report = JSON.parse(stdout) as DoctorReport;
    image = await inspect();
  });

  it('passes all checks of the doctor', () => {
    const found = Object.fromEntries(report.checks.map(({ id, status }) => [id, status]));
    for (const id of ['node', 'git', 'ssh', 'ssh-keygen', 'python', 'ansible', 'state-directory', 'store']) {
      expect(found[id], `${id} in ${JSON.stringify(report.checks)}`).toBe('ok');
    }
  });

  it('runs the daemon under an init, as a user that is not root', () => {
    expect(image.config.User).toBe('10001:10001');
    expect([image.config.Entrypoint, image.config.Cmd]).toEqual([['tini', '--', 'pressluft'], ['run']]);
  });

  it('keeps its data in a volume and has labels with its sources', () => {
    expect(Object.keys(image.config.Volumes)).toEqual(['/var/lib/pressluft']);
    expect(image.config.Labels['org.opencontainers.image.revision']).toMatch(/^[0-9a-f]{40}$/);
  });

  it('contains none of the secrets of the build', async () => {
    const names = ['apt.conf', 'apt.list', 'npmrc', 'pip.conf', 'ca'];
    const found = await inImage('find', '/run/secrets', '/etc/apt/sources.list', '-type', 'f', '-size', '+0');
    expect(found).toBe('');
    // The recipe names them; their content would appear as a URL.
    const history = JSON.stringify(image.history);
    expect(names.some((name) => history.includes(name))).toBe(true);
    expect(history).not.toMatch(/https?:\/\//);
  });
});

interface ImageConfig {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[];
    readonly Volumes: Readonly<Record<string, unknown>>;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly history: readonly unknown[];
}

async function inspect(): Promise<ImageConfig> {
  const { stdout } = await buildah('inspect', '--type', 'image', tag());
  return (JSON.parse(stdout) as { readonly OCIv1: ImageConfig }).OCIv1;
}

async function inImage(...command: readonly string[]): Promise<string> {
  const container = (await buildah('from', '--quiet', tag())).stdout.trim();
  try {
    return (await buildah('run', '--isolation', 'chroot', container, '--', ...command)).stdout.trim();
  } finally {
    await buildah('rm', container);
  }
}

/** The name that image.sh uses. */
function tag(): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return `localhost/pressluft:${manifest.version}`;
}

function buildah(...args: readonly string[]): Promise<{ stdout: string }> {
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: join(store, 'storage.conf') };
  return run('buildah', args, { env, timeout: 60_000 });
}
