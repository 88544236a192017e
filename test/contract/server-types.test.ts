import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import { createHetznerCloud } from '../../src/adapters/hetzner/hetzner-cloud.ts';
import { systemRandom } from '../../src/adapters/random.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import type { Store } from '../../src/ports/store.ts';
import { createPassMemory } from '../../src/reconcile/memory.ts';
import { runPass } from '../../src/reconcile/pass.ts';
import { type Harness, publicKey, startHarness, token } from '../lab-api/harness.ts';
import { compileCache } from '../support/compile-cache.ts';
import { type LocalRepository, localRepository } from '../support/local-repository.ts';
import { memoryLog } from '../support/memory-log.ts';
import { memorySignatures } from '../support/memory-signatures.ts';
import { scaledClock } from '../support/scaled-clock.ts';
import { simulatedNodes } from '../support/simulated-nodes.ts';

const root = join(import.meta.dirname, '../..');
const sha = '0'.repeat(64);
const manifest = (kind: string, name: string, spec: string) =>
  `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const files = {
  'pressluft.yaml': manifest(
    'Pressluft',
    'shop',
    `{ statusBranch: fleet/records, artifacts: { wordpress: { 7.1.1: "${sha}" }, wpCli: { 2.12.0: "${sha}" } } }`,
  ),
  'hetzner.yaml': manifest('Provider', 'hetzner', '{ type: hetzner, token: { env: HCLOUD_TOKEN } }'),
  'web-1.yaml': manifest('Node', 'web-1', '{ provider: hetzner, serverType: cx23, location: fsn1 }'),
};

let dir: string;
let api: Harness;
let remote: LocalRepository;
let store: Store & { close(): void };
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-offers-'));
  [api, remote] = [await startHarness({ bootMs: 5 }), await localRepository()];
  store = openStore(join(dir, 'store.sqlite'), { log: memoryLog() });
  await remote.commit(files);
  await promisify(execFile)('git', ['clone', '--quiet', remote.url, join(dir, 'clone')]);
});
afterAll(async () => {
  store.close();
  await Promise.all([api.close(), remote.remove(), rm(dir, { recursive: true, force: true })]);
});

/** One pass of a controller that was just started, with the real client against the lab's API. */
async function pass() {
  const [log, clock, nodes] = [memoryLog(), scaledClock(50), simulatedNodes()];
  const signal = new AbortController().signal;
  const git = await createGitRepository({
    dir: join(dir, 'repository.git'),
    url: remote.url,
    branch: 'main',
    log,
  });
  const deps = {
    clock,
    random: systemRandom,
    git,
    store,
    log,
    machines: {
      ...nodes.machines,
      identity: async () => ({ publicKey: publicKey(), privateKeyPath: '/nonexistent' }),
      generateHostKey: async () => ({ publicKey: publicKey(), privateKey: 'none' }),
    },
    ansible: nodes.ansible,
    secrets: { resolve: async () => token, own: async () => token, redact: (text: string) => text },
    signatures: memorySignatures(),
    cloud: async () =>
      createHetznerCloud({ endpoint: api.url, token, clock, random: systemRandom, log, maxRetries: 0 }),
  };
  const options = {
    trigger: 'test',
    operator: false,
    signal,
    waitSignal: signal,
    onProgress: () => undefined,
  };
  return runPass(deps, createPassMemory(), { ...options, pass: 'one' });
}

/** The output of a command in a fetched clone, without any variable that names a repository. */
async function said(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const clone = join(dir, 'clone');
  await promisify(execFile)('git', ['fetch', '--quiet', 'origin'], { cwd: clone });
  const [node, env] = [
    join(root, 'node_modules/.bin/node'),
    { PATH: process.env.PATH ?? '', ...compileCache },
  ];
  const program = [join(root, 'src/main.ts'), ...args, '--no-color'];
  return promisify(execFile)(node, program, { cwd: clone, env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      text: error.stdout + error.stderr,
    }),
  );
}

test('validate reports a sold-out server type in any clone, with the available locations', async () => {
  expect((await said('validate')).text).not.toContain(diagnosticCodes.serverTypeSoldOut);

  await api.api.setFaults([{ kind: 'sold-out', serverType: 'cx23', location: 'fsn1' }]);
  const failed = await pass();
  expect(failed.results.map(({ outcome }) => outcome)).toEqual(['failed']);
  expect(failed.statusCommit).not.toBeNull();
  const warned = await said('validate');
  expect(warned.text).toContain('web-1.yaml:4:40: warning PL1074:');
  expect(warned.text).toContain(
    'the server type cx23 is sold out in fsn1; it is available in nbg1, hel1: a new server cannot be created there now',
  );
  expect(warned.text).toContain('cpx22 (2 cores, 4 GiB), cx33 (4 cores, 8 GiB)');
  expect(warned.code).toBe(0);
  const planned = await said('plan', '--observed', 'status', '--format', 'json');
  expect(JSON.parse(planned.text).notes).toContainEqual(
    expect.stringMatching(/^node\/web-1: the server type cx23 is sold out in fsn1; .*cpx22/),
  );
});

test('renewed availability makes no commit by itself, and is recorded with the next one', async () => {
  await api.api.setFaults([{ kind: 'sold-out', serverType: 'cx33' }]);
  // The failed action is due later, so there is nothing else to record.
  const idle = await pass();
  expect([idle.results.length, idle.statusCommit]).toEqual([0, null]);
  expect((await said('validate')).text).toContain(diagnosticCodes.serverTypeSoldOut);

  await remote.commit({ 'README.md': 'A fleet.\n' });
  expect((await pass()).statusCommit).not.toBeNull();
  expect((await said('validate')).text).not.toContain(diagnosticCodes.serverTypeSoldOut);
});
