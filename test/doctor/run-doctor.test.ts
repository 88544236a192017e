import { describe, expect, it } from 'vitest';
import type { CheckStatus } from '../../src/doctor/report.ts';
import { runDoctor } from '../../src/doctor/run-doctor.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type {
  AgeKeyFacts,
  DoctorProbes,
  ProviderFacts,
  StoreFacts,
  Tool,
} from '../../src/ports/doctor-probes.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { healthyProbes, provider, repositoryFacts, stateDirectory } from './healthy-probes.ts';

/** The check with that id when one thing is broken; the other checks must not be affected. */
async function checkOf(id: string, broken: Partial<DoctorProbes>) {
  const report = await runDoctor(healthyProbes(broken));
  const check = report.checks.find((candidate) => candidate.id === id);
  const others = report.checks.filter((candidate) => candidate.id !== id && candidate.status === 'fail');
  expect(others).toEqual([]);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check;
}

const repository = (reach: NonNullable<DoctorProbes['repository']>['reach']): Partial<DoctorProbes> => ({
  repository: { url: 'https://git.example/fleet.git', branch: 'main', reach },
});

const providerThat = (reach: () => Promise<ProviderFacts>): Partial<DoctorProbes> =>
  repository(async () => ({ ...repositoryFacts, providers: [{ ...provider, reach }] }));

const tool = (name: Tool, version: string | null): Partial<DoctorProbes> => ({
  toolVersion: (asked, signal) =>
    asked === name ? Promise.resolve(version) : healthyProbes().toolVersion(asked, signal),
});

const disk = (facts: Partial<typeof stateDirectory>): Partial<DoctorProbes> => ({
  stateDirectory: async () => ({ ...stateDirectory, ...facts }),
});

describe('the doctor', () => {
  it('finds nothing wrong with a healthy controller, in a fixed order', async () => {
    const report = await runDoctor(healthyProbes());
    expect(report.checks.map((check) => check.id)).toEqual([
      'node',
      'git',
      'ssh',
      'ssh-keygen',
      'python',
      'ansible',
      'state-directory',
      'disk',
      'store',
      'age-key',
      'repository',
      'provider/hetzner',
      'clock',
      'lab',
    ]);
    expect(report.counts).toEqual({ ok: 14, warn: 0, fail: 0, skip: 0 });
  });

  it.each<[string, Partial<DoctorProbes>, string, CheckStatus, RegExp]>([
    ['an old Node', { nodeVersion: () => 'v22.1.0' }, 'node', 'fail', /22\.1\.0 is too old, 24/],
    ['no git', tool('git', null), 'git', 'fail', /git is not installed/],
    ['an old git', tool('git', 'git version 2.29.9'), 'git', 'fail', /2\.29\.9 is too old, 2\.30/],
    ['the oldest git that will do', tool('git', 'git version 2.30'), 'git', 'ok', /2\.30/],
    ['a git of Apple', tool('git', 'git version 2.39.5 (Apple Git-154)'), 'git', 'ok', /git 2\.39\.5/],
    ['a git that says nothing', tool('git', 'hello'), 'git', 'fail', /does not report/],
    ['no ssh', tool('ssh', null), 'ssh', 'fail', /not installed/],
    ['an old ssh', tool('ssh', 'OpenSSH_7.4p1, OpenSSL 1.0.2k'), 'ssh', 'fail', /7\.4 is too old/],
    ['no ssh-keygen', tool('ssh-keygen', null), 'ssh-keygen', 'fail', /not installed/],
    [
      'another ansible-core',
      { ansible: async () => ({ pinned: '2.19.14', installed: '2.14.18', directory: '/usr/bin' }) },
      'ansible',
      'fail',
      /2\.14\.18 in \/usr\/bin is not the pinned 2\.19\.14/,
    ],
    [
      'a state directory that does not exist yet',
      disk({ exists: false, mode: null as never }),
      'state-directory',
      'ok',
      /can be created/,
    ],
    [
      'one that cannot be created',
      disk({ exists: false, writable: false }),
      'state-directory',
      'fail',
      /cannot be created/,
    ],
    ['one that is not writable', disk({ writable: false }), 'state-directory', 'fail', /not writable/],
    [
      'a file in its place',
      disk({ isDirectory: false, writable: false }),
      'state-directory',
      'fail',
      /not a directory/,
    ],
    ['one that others can read', disk({ mode: 0o755 }), 'state-directory', 'warn', /mode 755/],
    ['little space', disk({ freeBytes: 500 * 1024 ** 2 }), 'disk', 'warn', /500 MiB/],
    ['no space', disk({ freeBytes: 50 * 1024 ** 2 }), 'disk', 'fail', /50 MiB/],
    ['no inodes', disk({ freeInodes: 10 }), 'disk', 'fail', /10 inodes/],
    ['no number of inodes', disk({ freeInodes: null as never }), 'disk', 'ok', /GiB free/],
    ['no repository', { repository: null }, 'repository', 'skip', /no repository/],
    [
      'broken manifests',
      repository(async () => ({ ...repositoryFacts, manifestErrors: 2 })),
      'repository',
      'warn',
      /abcdef012345, with 2 errors/,
    ],
    [
      'a token that only reads',
      providerThat(async () => ({ mayWrite: false, clockSkewMs: 0 })),
      'provider/hetzner',
      'fail',
      /TokenReadOnly/,
    ],
    [
      'a clock behind',
      providerThat(async () => ({ mayWrite: true, clockSkewMs: -30_000 })),
      'clock',
      'warn',
      /30 s behind/,
    ],
    [
      'a clock ahead',
      providerThat(async () => ({ mayWrite: true, clockSkewMs: 3_600_000 })),
      'clock',
      'fail',
      /3600 s ahead/,
    ],
    [
      'a provider without time',
      providerThat(async () => ({ mayWrite: true, clockSkewMs: null })),
      'clock',
      'skip',
      /no provider/,
    ],
    [
      'no way to run the lab',
      {
        lab: async () => ({
          linux: true,
          root: false,
          missingTools: ['debootstrap'],
          overlayFs: true,
          networkNamespaces: false,
        }),
      },
      'lab',
      'skip',
      /missing: root, debootstrap, network namespaces/,
    ],
  ])('judges %s', async (_name, broken, id, status, message) => {
    const check = await checkOf(id, broken);
    expect(check.status).toBe(status);
    expect(check.message).toMatch(message);
    if (status === 'warn' || status === 'fail') expect(check.hint).toMatch(/\w/);
  });

  it.each<[AgeKeyFacts | null, CheckStatus, RegExp]>([
    [null, 'skip', /no age key/],
    [{ publicKeys: ['age1abc'], sources: ['SOPS_AGE_KEY'], openFiles: [] }, 'ok', /age1abc \(SOPS_AGE_KEY\)/],
    [
      { publicKeys: ['age1abc'], sources: ['/k'], openFiles: ['/k'] },
      'warn',
      /\/k can be read by other users/,
    ],
  ])('judges an age key that is %j', async (facts, status, message) => {
    const check = await checkOf('age-key', { ageKey: async () => facts });
    expect(check).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it('tells an age key that cannot be used, and what to do', async () => {
    const error = new PressluftError(errors.ageKeyUnusable, '/k holds no private age key', {
      hint: 'Make one.',
    });
    const check = await checkOf('age-key', { ageKey: () => Promise.reject(error) });
    expect(check).toMatchObject({ status: 'fail', message: error.message, hint: 'Make one.' });
  });

  it.each<[StoreFacts, CheckStatus, RegExp]>([
    [{ kind: 'absent' }, 'ok', /no store yet/],
    [{ kind: 'in_use', pid: 4711 }, 'ok', /pid 4711/],
    [{ kind: 'in_use', pid: null }, 'ok', /another Pressluft/],
    [{ kind: 'damaged', reason: 'file is not a database' }, 'fail', /not a database/],
  ])('judges a store that is %j', async (facts, status, message) => {
    const check = await checkOf('store', { store: async () => facts });
    expect(check).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it.each([
    [errors.tokenRefused, 'TokenRefused', 'fail'],
    [errors.providerUnreachable, 'Unreachable', 'fail'],
    [errors.secretUnavailable, 'SecretMissing', 'fail'],
    [errors.rateLimited, 'RateLimited', 'warn'],
  ] as const)('names the reason when a provider throws %s', async (code, reason, status) => {
    const error = new PressluftError(code, 'what happened', { hint: 'What to do.' });
    const check = await checkOf(
      'provider/hetzner',
      providerThat(() => Promise.reject(error)),
    );
    expect(check).toMatchObject({ status, hint: 'What to do.' });
    expect(check.message).toBe(`${reason}: https://api.hetzner.cloud/v1: what happened`);
  });

  it('asks no provider when the repository cannot be reached', async () => {
    const error = new PressluftError(errors.remoteUnreachable, 'no route', { hint: 'Check the network.' });
    const report = await runDoctor(healthyProbes(repository(() => Promise.reject(error))));
    expect(report.checks.find((check) => check.id === 'repository')).toMatchObject({
      status: 'fail',
      message: 'no route',
      hint: 'Check the network.',
    });
    expect(report.checks.some((check) => check.id.startsWith('provider/'))).toBe(false);
    expect(report.counts.fail).toBe(1);
  });

  it('turns whatever a probe throws into a failed check', async () => {
    const check = await checkOf('python', { python: () => Promise.reject(new TypeError('boom')) });
    expect(check).toMatchObject({ status: 'fail', message: 'boom' });
  });

  it('does not wait for a probe that never answers, even one that ignores its signal', async () => {
    const clock = new VirtualClock({ autoAdvanceUpToMs: 60_000 });
    const report = await runDoctor(healthyProbes({ clock, python: () => new Promise(() => undefined) }));
    expect(report.checks.find((check) => check.id === 'python')).toMatchObject({
      status: 'fail',
      message: 'no answer within 20 s',
      durationMs: 20_000,
    });
    expect(clock.sleeping).toBe(0);
  });

  it('ends when told to', async () => {
    const stop = new AbortController();
    const running = runDoctor(healthyProbes({ python: () => new Promise(() => undefined) }), stop.signal);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(runDoctor(healthyProbes(), stop.signal)).rejects.toThrow('enough');
  });
});

describe('the code on the nodes', () => {
  const at = '2026-11-30T08:00:00Z';
  const nodes = (found: Awaited<ReturnType<DoctorProbes['codeOfNodes']>>) => ({
    codeOfNodes: async () => found,
  });

  it('is compared on every node, and what differs is named', async () => {
    const report = await runDoctor(
      healthyProbes(
        nodes([
          { node: 'web-1', code: new Map([['acme', { intact: false, paths: ['index.php'], at }]]) },
          { node: 'web-2', code: new Map([['shop', { intact: true, paths: [], at }]]) },
          { node: 'web-3', error: new PressluftError(errors.nodeUnreachable, 'no route to host') },
        ]),
      ),
    );
    const shown = report.checks
      .filter(({ id }) => id.startsWith('code'))
      .map(({ id, status, message }) => [id, status, message]);
    expect(shown).toEqual([
      ['code/web-1', 'warn', 'code differs from its artifacts: environment/acme: index.php'],
      ['code/web-2', 'ok', 'the code of 1 environment is as in its artifacts'],
      ['code/web-3', 'warn', 'the code was not compared: no route to host'],
    ]);
  });

  it('is not asked for without a repository', async () => {
    const report = await runDoctor(
      healthyProbes({ repository: null, ...nodes([{ node: 'web-1', code: new Map() }]) }),
    );
    expect(report.checks.filter(({ id }) => id.startsWith('code'))).toEqual([]);
  });
});
