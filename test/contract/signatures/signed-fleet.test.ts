import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGitRepository } from '../../../src/adapters/git/git-repository.ts';
import { createSignatures } from '../../../src/adapters/signatures/create-signatures.ts';
import { openStore } from '../../../src/adapters/sqlite/store.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import { readAccepted } from '../../../src/reconcile/accepted.ts';
import { createPassMemory } from '../../../src/reconcile/memory.ts';
import { runPass } from '../../../src/reconcile/pass.ts';
import { exitCodeOfPass, type PassReport } from '../../../src/reconcile/pass-report.ts';
import { environmentFile, fleetFiles } from '../../cli/fleet-files.ts';
import { type LocalRepository, localRepository } from '../../support/local-repository.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { scaledClock } from '../../support/scaled-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { configAllowing } from '../../support/signers.ts';
import { type RealSigner, type SigningKeys, signingKeys } from '../../support/signing-keys.ts';
import { simulatedNodes } from '../../support/simulated-nodes.ts';
import { httpRemote, type RealRemote } from '../git/remotes.ts';

const run = promisify(execFile);

let keys: SigningKeys;
let ada: RealSigner;
let forge: RealSigner;
let eve: RealSigner;
beforeAll(async () => {
  keys = await signingKeys();
  [ada, eve, forge] = [await keys.ssh('ada'), await keys.ssh('eve'), await keys.gpg('forge')];
});
afterAll(() => keys.remove());

let remote: RealRemote;
let people: LocalRepository;
let controller: Controller;
beforeEach(async () => {
  remote = await httpRemote();
  people = await localRepository();
  await people.git('remote', 'set-url', 'origin', remote.repository);
  controller = await controllerOf(remote);
});
afterEach(async () => {
  await controller.close();
  await remote.close();
  await people.remove();
});

/** A controller with an empty state directory, over HTTP, as a session makes it; nodes are simulated. */
interface Controller {
  pass(trustedCommit?: CommitSha): Promise<PassReport>;
  /** Removes objects that no ref reaches from the clone. */
  collectGarbage(): Promise<void>;
  close(): Promise<void>;
}

async function controllerOf({ url, auth }: RealRemote): Promise<Controller> {
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-signed-'));
  const [log, nodes, memory] = [memoryLog(), simulatedNodes(), createPassMemory()];
  const store = openStore(join(dir, 'store.sqlite'), { log });
  const git = await createGitRepository({
    dir: join(dir, 'repository.git'),
    url,
    branch: 'main',
    signed: () => (readAccepted(store)?.signers.length ?? 0) > 0,
    log,
    ...(auth === undefined ? {} : { auth }),
  });
  const deps = {
    clock: scaledClock(50),
    random: seededRandom(3),
    git,
    store,
    log,
    machines: nodes.machines,
    ansible: nodes.ansible,
    secrets: { resolve: async () => 'secret', own: async () => 'secret', redact: (text: string) => text },
    signatures: createSignatures(),
    cloud: () =>
      Promise.reject(new PressluftError(errors.providerUnreachable, 'there is no cloud in this test')),
  };
  const { signal } = new AbortController();
  return {
    pass: (trustedCommit) =>
      runPass(deps, memory, {
        pass: '1',
        trigger: 'test',
        operator: true,
        signal,
        waitSignal: signal,
        onProgress: () => undefined,
        ...(trustedCommit === undefined ? {} : { trustedCommit }),
      }),
    async collectGarbage() {
      const { PATH = '' } = process.env;
      const clone = join(dir, 'repository.git');
      await run('git', ['--git-dir', clone, 'gc', '--quiet', '--prune=now'], { env: { PATH } });
    },
    async close() {
      store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function commit(
  files: Readonly<Record<string, string>>,
  signer?: RealSigner,
  branch = 'main',
): Promise<CommitSha> {
  await configure(signer);
  return (await people.commit(files, 'a change', branch)) as CommitSha;
}

/** Enables or disables signing of the following commits. */
async function configure(signer?: RealSigner): Promise<void> {
  for (const key of ['gpg.format', 'gpg.program', 'user.signingKey']) await people.git('config', key, '');
  await people.git('config', 'gpg.format', 'openpgp');
  await people.git('config', 'commit.gpgSign', signer === undefined ? 'false' : 'true');
  for (const setting of signer?.gitSettings.filter((word) => word !== '-c') ?? []) {
    const [key = '', value = ''] = setting.split(/=(.*)/s);
    await people.git('config', key, value);
  }
}

const forcePush = (revision: string) =>
  people.git('push', '--quiet', '--force', 'origin', `${revision}:refs/heads/main`);
const staging = (memoryLimit: string) => ({
  'environments/acme-staging.yaml': environmentFile('acme-staging', memoryLimit, 'staging'),
});
const outcome = ({ commit: inForce, tip, refusal }: PassReport) => ({
  inForce,
  tip,
  refused: refusal?.code ?? null,
});

test('a fleet applies its first commit and signed ones of both kinds, and stops at an unsigned one', async () => {
  await commit({ ...fleetFiles, ...configAllowing(ada, forge) });
  expect(outcome(await controller.pass()).refused).toBeNull();
  for (const signer of [ada, forge]) {
    const signed = await commit(staging(signer === ada ? '160M' : '192M'), signer);
    expect(outcome(await controller.pass())).toEqual({ inForce: signed, tip: signed, refused: null });
  }
  const accepted = (await people.git('rev-parse', 'HEAD')) as CommitSha;
  const unsigned = await commit(staging('512M'));
  const report = await controller.pass();
  expect(outcome(report)).toEqual({ inForce: accepted, tip: unsigned, refused: errors.commitUnsigned });
  expect(exitCodeOfPass(report)).toBe(6);
  await people.git('fetch', '--quiet', 'origin', 'pressluft/status');
  expect(await people.git('show', 'FETCH_HEAD:status/pressluft/demo.yaml')).toContain('CommitRefused');
});

test('a merge that a forge signs is accepted when the merged commits are signed too', async () => {
  const base = await commit({ ...fleetFiles, ...configAllowing(ada, forge) });
  await controller.pass();
  const mergeOf = async (proposal: string, signer?: RealSigner) => {
    await people.git('checkout', '--quiet', '-B', proposal, base);
    await commit(staging('224M'), signer, proposal);
    await people.git('checkout', '--quiet', '-B', 'main', base);
    await configure(forge);
    await people.git('merge', '--quiet', '--no-ff', '-m', 'Merge a proposal', proposal);
    await forcePush('HEAD');
    return controller.pass();
  };
  expect(outcome(await mergeOf('unsigned')).refused).toBe(errors.commitUnsigned);
  expect(outcome(await mergeOf('of-eve', eve)).refused).toBe(errors.commitUnsigned);
  expect(outcome(await mergeOf('of-ada', ada)).refused).toBeNull();
});

test('history cannot be rewound by force, with a new controller, or by a commit that adds its own signer', async () => {
  await commit({ ...fleetFiles, ...configAllowing(ada) });
  await controller.pass();
  const older = await commit(staging('256M'), ada);
  await controller.pass();
  const newer = await commit(staging('320M'), ada);
  await controller.pass();

  await forcePush(older);
  expect(outcome(await controller.pass())).toEqual({
    inForce: newer,
    tip: older,
    refused: errors.historyDiverged,
  });
  await controller.close();
  controller = await controllerOf(remote);
  expect(await controller.pass()).toMatchObject({
    plan: null,
    tip: older,
    refusal: { code: errors.historyDiverged },
  });

  await forcePush(newer);
  expect(outcome(await controller.pass())).toEqual({ inForce: newer, tip: newer, refused: null });
  const own = await commit(configAllowing(ada, eve), eve);
  expect(outcome(await controller.pass())).toEqual({
    inForce: newer,
    tip: own,
    refused: errors.commitUnsigned,
  });

  await forcePush(newer);
  await people.git('reset', '--quiet', '--hard', newer);
  const off = await commit(configAllowing());
  expect(outcome(await controller.pass())).toEqual({
    inForce: newer,
    tip: off,
    refused: errors.commitUnsigned,
  });
  expect(outcome(await controller.pass(off))).toEqual({ inForce: off, tip: off, refused: null });
});

test('a new controller that pins a commit checks all later ones', async () => {
  const pin = await commit({ ...fleetFiles, ...configAllowing(ada) });
  await commit(configAllowing(ada, forge), ada);
  const tip = await commit(staging('256M'), forge);
  expect(outcome(await controller.pass(pin))).toEqual({ inForce: tip, tip, refused: null });
  await controller.close();
  await people.git('push', '--quiet', 'origin', ':refs/heads/pressluft/status');
  controller = await controllerOf(remote);
  const unsigned = await commit(configAllowing(eve));
  const signed = await commit(staging('512M'), eve);
  expect(outcome(await controller.pass(pin))).toEqual({
    inForce: pin,
    tip: signed,
    refused: errors.commitUnsigned,
  });
  expect(outcome(await controller.pass(unsigned))).toEqual({ inForce: signed, tip: signed, refused: null });
});

test('an unsigned commit that was removed from the branch by force is ignored, and the next signed one is applied', async () => {
  const accepted = await commit({ ...fleetFiles, ...configAllowing(ada) });
  await controller.pass();
  await commit(staging('512M'));
  expect(outcome(await controller.pass()).refused).toBe(errors.commitUnsigned);
  await people.git('reset', '--quiet', '--hard', accepted);
  await forcePush(accepted);
  expect(outcome(await controller.pass())).toEqual({ inForce: accepted, tip: accepted, refused: null });
  const signed = await commit(staging('256M'), ada);
  expect(outcome(await controller.pass())).toEqual({ inForce: signed, tip: signed, refused: null });
});

test('the accepted commit stays in the clone when the branch leaves it', async () => {
  const older = await commit({ ...fleetFiles, ...configAllowing(ada) });
  await controller.pass();
  const accepted = await commit(staging('256M'), ada);
  await controller.pass();
  await forcePush(older);
  await controller.pass();
  await controller.collectGarbage();
  expect(outcome(await controller.pass())).toEqual({
    inForce: accepted,
    tip: older,
    refused: errors.historyDiverged,
  });
});

test('the signature of another commit, and a signature in a tag, do not count', async () => {
  const accepted = await commit({ ...fleetFiles, ...configAllowing(ada) });
  await controller.pass();
  await commit(staging('256M'), ada);
  const signed = await people.git('cat-file', 'commit', 'HEAD');
  const [, header = ''] = /^(gpgsig (?:.*\n )*.*\n)/m.exec(signed) ?? [];
  await people.git('reset', '--quiet', '--hard', accepted);
  await commit(staging('512M'), undefined, 'scratch');
  const unsigned = await people.git('cat-file', 'commit', 'HEAD');
  const forged = `${unsigned.replace('\n\n', `\n${header}\n`)}\n`;
  const object = await writeCommit(forged);
  await forcePush(object);
  const report = await controller.pass();
  expect(outcome(report)).toEqual({ inForce: accepted, tip: object, refused: errors.commitUnsigned });
  expect(report.refusal?.message).toContain(
    'has a signature of ada@acme.example that does not match what it says',
  );

  await configure(ada);
  await people.git('tag', '-s', '-m', 'release', 'v1', 'HEAD');
  await people.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main', 'v1');
  expect(outcome(await controller.pass())).toMatchObject({
    inForce: accepted,
    refused: errors.commitUnsigned,
  });
});

test('a commit that is too large to be read blocks nothing, neither while it is on the branch nor afterwards', async () => {
  const accepted = await commit({ ...fleetFiles, ...configAllowing(ada) });
  await controller.pass();
  const raw = await people.git('cat-file', 'commit', 'HEAD');
  const [tree = ''] = raw.split('\n');
  const who = 'Mallory <mallory@acme.example> 1700000000 +0000';
  const huge = await writeCommit(
    `${tree}\nparent ${accepted}\nauthor ${who}\ncommitter ${who}\n\n${'x'.repeat(5_000_000)}\n`,
  );
  await forcePush(huge);
  const report = await controller.pass();
  expect(outcome(report)).toEqual({ inForce: accepted, tip: huge, refused: errors.commitUnsigned });
  expect(report.refusal?.message).toContain('cannot be checked');
  expect(report.plan?.blocked).toEqual([]);
  await forcePush(accepted);
  const signed = await commit(staging('256M'), ada);
  expect(outcome(await controller.pass())).toEqual({ inForce: signed, tip: signed, refused: null });
});

/** Writes a raw object, even one that git would not create. */
async function writeCommit(text: string): Promise<CommitSha> {
  const file = join(people.dir, 'object');
  await writeFile(file, text);
  return (await people.git('hash-object', '-t', 'commit', '-w', file)) as CommitSha;
}
