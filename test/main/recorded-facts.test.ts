import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import { isInClone, recordedFacts } from '../../src/main/recorded-facts.ts';
import { recordedOffer } from '../../src/record/recorded-offer.ts';
import { renderStatus, statusPath } from '../../src/record/status/status-document.ts';
import { nodeRef, statusDocument, testAt } from '../support/fleet-builders.ts';
import { type LocalRepository, localRepository } from '../support/local-repository.ts';

const now = Date.parse(testAt);
const branch = 'pressluft/status';
const cx23 = {
  name: 'cx23',
  cores: 2,
  memoryMib: 4096,
  diskGib: 40,
  architecture: 'x86' as const,
  locations: [{ location: 'fsn1', available: false, unavailableAfter: null }],
};
const records = Object.fromEntries(
  [
    statusDocument('pressluft/shop' as ResourceRef),
    statusDocument('provider/hetzner' as ResourceRef, {
      details: { serverTypes: recordedOffer([cx23], testAt) },
    }),
    statusDocument(nodeRef('metal'), { details: { memoryMib: 2048 } }),
  ].map((document) => [statusPath(document.ref), renderStatus(document)]),
);

let repository: LocalRepository;
let work: string;
beforeEach(async () => {
  repository = await localRepository();
  work = join(repository.dir, 'work');
});
afterEach(() => repository.remove());

const facts = (fleet = 'shop', directory = work) =>
  recordedFacts(directory, { fleet, statusBranch: branch }, now);

test('a directory below a clone knows what its status branch says, as far as it was fetched', async () => {
  await repository.commit({ 'README.md': 'A fleet.\n' });
  expect(await facts()).toEqual({});
  await repository.commit(records, 'records', branch);
  await repository.git('fetch', '--quiet', 'origin');
  const below = join(work, 'fleets/shop');
  await mkdir(below, { recursive: true });
  expect(isInClone(below)).toBe(true);
  const known = await facts('shop', below);
  expect([...(known.serverTypes ?? [])]).toEqual([['hetzner', [cx23]]]);
  expect([...(known.nodeMemoryMib ?? [])]).toEqual([['metal', 2048]]);
});

test('the records of another fleet say nothing', async () => {
  await repository.commit(records, 'records', branch);
  expect((await facts('shop')).serverTypes?.has('hetzner')).toBe(true);
  expect(await facts('blog')).toEqual({});
});

test('records that cannot be read are none', async () => {
  await repository.commit(
    {
      ...records,
      'status/provider/hetzner.yaml': '\u0000: [',
      'status/node/metal.yaml': 'x'.repeat(600_000),
    },
    'records',
    branch,
  );
  expect(await facts()).toEqual({});
});

test('a directory that is in no clone is told without asking git', async () => {
  expect(isInClone(repository.dir)).toBe(false);
  expect(await facts('shop', repository.dir)).toEqual({});
});
