import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/doctor/report.ts';
import { runDoctor } from '../../src/doctor/run-doctor.ts';
import { openDoctor } from '../../src/main/doctor.ts';
import { installationRoot } from '../../src/main/paths.ts';
import { type Harness, readOnlyToken, startHarness, token } from '../lab-api/harness.ts';

let dir: string;
let repo: string;
let harness: Harness;

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: repo,
    stdio: 'pipe',
    env: {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    },
  });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-main-doctor-'));
  repo = join(dir, 'fleet');
  await cp(join(installationRoot, 'example-repo'), repo, { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'fleet');
  harness = await startHarness({ readOnlyToken });
});
afterAll(async () => {
  await harness?.close();
  await rm(dir, { recursive: true, force: true });
});

async function examine(env: Readonly<Record<string, string>>): Promise<DoctorReport> {
  const surroundings = {
    PATH: process.env.PATH,
    HOME: dir,
    PRESSLUFT_REPO: repo,
    PRESSLUFT_STATE_DIR: join(dir, 'state'),
    PRESSLUFT_HCLOUD_ENDPOINT: harness.url,
    HCLOUD_TOKEN: token,
    ...env,
  };
  // Ansible takes half a second to tell its version and is not what is examined here.
  const ansible = async () => ({ pinned: '1', installed: '1', directory: '/' });
  return runDoctor({ ...openDoctor({}, surroundings, dir).probes, ansible });
}

const checkOf = (report: DoctorReport, id: string) => report.checks.find((check) => check.id.startsWith(id));

describe('the doctor with a real repository and provider', () => {
  it('finds both in order, and the clocks', async () => {
    const report = await examine({});
    expect(checkOf(report, 'repository')).toMatchObject({ status: 'ok' });
    expect(checkOf(report, 'provider/')).toMatchObject({
      status: 'ok',
      message: `connected to ${harness.url}`,
    });
    expect(checkOf(report, 'clock')).toMatchObject({ status: 'ok' });
  });

  it('leaves nothing behind: no state directory, no clone, no server, no key', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('pressluft-doctor-'));
    await examine({});
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith('pressluft-doctor-'));
    expect(after).toEqual(before);
    expect(await readdir(dir)).not.toContain('state');
    expect((await harness.send('GET', '/ssh_keys')).body.ssh_keys).toEqual([]);
    expect((await harness.send('GET', '/servers')).body.servers).toEqual([]);
  });

  it.each([
    ['a refused token', { HCLOUD_TOKEN: 'canary-wrong-token' }, /^TokenRefused/],
    ['a token that only reads', { HCLOUD_TOKEN: readOnlyToken }, /^TokenReadOnly/],
    ['a missing token', { HCLOUD_TOKEN: '' }, /^SecretMissing/],
    ['a provider out of reach', { PRESSLUFT_HCLOUD_ENDPOINT: 'http://127.0.0.1:1/v1' }, /^Unreachable/],
  ])('tells %s without showing it', async (_name, env, message) => {
    const report = await examine(env);
    expect(checkOf(report, 'provider/')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(message),
    });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('counts the errors in the manifests', async () => {
    await writeFile(join(repo, 'broken.yaml'), 'apiVersion: pressluft.dev/v1\nkind: Sit\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'broken');
    const report = await examine({});
    expect(checkOf(report, 'repository')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/with \d+ errors? in its manifests/),
    });
  });

  it('tells a repository that is not there, and hides the password in its URL', async () => {
    const report = await examine({ PRESSLUFT_REPO: 'http://user:canary-password@127.0.0.1:1/fleet.git' });
    expect(checkOf(report, 'repository')).toMatchObject({ status: 'fail' });
    expect(JSON.stringify(report)).not.toContain('canary');
  });
});
