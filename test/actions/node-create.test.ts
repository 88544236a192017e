import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPinnedServers } from '../../src/actions/server-pins.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import { hostKeyId, hostKeyLabel } from '../../src/fleet/naming.ts';
import type { ActionResult } from '../../src/fleet/run.ts';
import type { Cloud, CloudServer } from '../../src/ports/cloud.ts';
import type { Deps } from '../../src/ports/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { act } from '../../src/reconcile/act.ts';
import { renderRun } from '../../src/record/run-document.ts';
import { action, planOf } from '../reconcile/actions.ts';
import {
  commitSha,
  desiredFleet,
  nodeRef,
  observedFleet,
  observedServer,
  recordedFleet,
} from '../support/fleet-builders.ts';
import { memoryLog } from '../support/memory-log.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const ipv4 = '203.0.113.7';
const publicKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(44)}`;
let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pressluft-create-'));
  store = openStore(join(directory, 'store.sqlite'), { log: memoryLog() });
});
afterEach(async () => {
  store.close();
  await rm(directory, { recursive: true });
});

/** An account whose servers start at once, and machines that answer. */
function depsWith(server: CloudServer): Deps {
  const cloud: Partial<Cloud> = {
    ensureKey: async (name, key, labels) => ({ id: 1, name, fingerprint: '', publicKey: key, labels }),
    ensureFirewall: async (name, rules, labels) => ({ id: 2, name, rules, labels }),
    createServer: async ({ labels }) => ({ server: { ...server, labels }, actions: [] }),
    waitForActions: async () => undefined,
    getServer: async () => server,
  };
  const machines = {
    identity: async () => ({ publicKey, privateKeyPath: '' }),
    generateHostKey: async () => ({ publicKey, privateKey: 'private' }),
    waitUntilReachable: async () => undefined,
    run: async () => ({ exitCode: 0, stdout: '', stderr: '', durationMs: 1 }),
  };
  const secrets = { redact: (text: string) => text };
  const log = memoryLog();
  const clock = new VirtualClock();
  const deps = { clock, random: seededRandom(1), store, log, machines, secrets, cloud: async () => cloud };
  return deps as unknown as Deps;
}

test('the id and the address of a created server reach the hook, the store and the record of the run', async () => {
  const labels = { [hostKeyLabel]: hostKeyId(publicKey) };
  const server = { ...observedServer('web-1'), id: 4711, ipv4, status: 'running', labels } as CloudServer;
  const told: ActionResult[] = [];
  const { signal } = new AbortController();
  const desired = desiredFleet();
  await act(
    depsWith(server),
    { desired, observed: observedFleet([]), recorded: recordedFleet(), contentVersion: 'content-1' },
    planOf(action('node.create', 'web-1')),
    {
      pass: 'p1',
      tip: commitSha('1'),
      signal,
      waitSignal: signal,
      onProgress: (event) => event.kind === 'action-finished' && told.push(event.result),
    },
  );
  const output = { server: 4711, ipv4 };
  expect(told).toMatchObject([{ kind: 'node.create', outcome: 'succeeded', changed: true, output }]);
  const [run] = store.runs(1);
  const [result] = run?.results ?? [];
  // Narrowed by its kind, the output has its own type.
  expect(result?.kind === 'node.create' ? result.output?.server : null).toBe(4711);
  expect(run === undefined ? '' : renderRun(run)).toMatch(
    /output:\n\s+server: 4711\n\s+ipv4: "?203\.0\.113\.7"?\n/,
  );
});

test('the id of a created server is pinned before the server has started', async () => {
  const labels = { [hostKeyLabel]: hostKeyId(publicKey) };
  const server = { ...observedServer('web-1'), id: 4711, ipv4, status: 'running', labels } as CloudServer;
  const deps = depsWith(server);
  const cloud = {
    ...(await deps.cloud({} as never)),
    waitForActions: async () => Promise.reject(new PressluftError(errors.providerUnreachable, 'no answer')),
  };
  const { signal } = new AbortController();
  await act(
    { ...deps, cloud: async () => cloud },
    {
      desired: desiredFleet(),
      observed: observedFleet([]),
      recorded: recordedFleet(),
      contentVersion: 'content-1',
    },
    planOf(action('node.create', 'web-1')),
    { pass: 'p1', tip: commitSha('1'), signal, waitSignal: signal, onProgress: () => undefined },
  );
  expect(store.runs(1)[0]?.results).toMatchObject([{ outcome: 'failed' }]);
  const known = withPinnedServers(store, desiredFleet(), recordedFleet());
  expect(known.servers?.get(nodeRef('web-1'))).toEqual({ provider: 'hetzner', id: 4711, hostKey: publicKey });
});
