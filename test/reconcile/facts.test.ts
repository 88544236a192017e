import { expect, test } from 'vitest';
import type { ProviderName, ResourceRef } from '../../src/fleet/brand.ts';
import type { ServerType } from '../../src/fleet/observed.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { factsNow } from '../../src/reconcile/facts.ts';
import { loadDesired } from '../../src/reconcile/load-desired.ts';
import { createPassMemory } from '../../src/reconcile/memory.ts';
import { recordedOffer } from '../../src/record/recorded-offer.ts';
import { commitSha, nodeRef, recordedFleet, statusDocument, testAt } from '../support/fleet-builders.ts';
import { memoryGit } from '../support/memory-git.ts';

const hetzner = 'hetzner' as ProviderName;
const now = Date.parse(testAt);

function offered(available: boolean): readonly ServerType[] {
  const size = { cores: 2, memoryMib: 4096, diskGib: 40, architecture: 'x86' as const };
  return [{ name: 'cx23', ...size, locations: [{ location: 'fsn1', available, unavailableAfter: null }] }];
}

function recordsOf(available: boolean, head: string) {
  const details = { serverTypes: recordedOffer(offered(available), testAt) };
  const documents = [
    statusDocument('provider/hetzner' as ResourceRef, { details }),
    statusDocument(nodeRef('metal'), { details: { memoryMib: 2048 } }),
  ];
  return recordedFleet(documents, commitSha(head));
}

test('facts are the same object until something in them changes', () => {
  const memory = createPassMemory();
  const first = factsNow(memory, recordsOf(true, 'one'), now);
  expect(first.serverTypes?.get('hetzner')).toEqual(offered(true));
  expect(first.nodeMemoryMib?.get('metal')).toBe(2048);
  expect(factsNow(memory, recordsOf(true, 'two'), now + 1)).toBe(first);
  expect(factsNow(memory, recordsOf(false, 'three'), now)).not.toBe(first);
});

test('an answer of a provider overrides its record, unless there is none', () => {
  const memory = createPassMemory();
  const said = { endpoint: 'https://cloud.example/v1', askedAtMs: 0 };
  memory.offers.set(hetzner, { ...said, serverTypes: null });
  expect(factsNow(memory, recordsOf(true, 'one'), now).serverTypes?.get('hetzner')).toEqual(offered(true));
  memory.offers.set(hetzner, { ...said, serverTypes: offered(false) });
  expect(factsNow(memory, recordsOf(true, 'one'), now).serverTypes?.get('hetzner')).toEqual(offered(false));
});

test('the manifests of a commit are checked again only when facts change, and read once', async () => {
  const document = (kind: string, name: string, spec: string) =>
    `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  const git = memoryGit();
  git.push({
    'hetzner.yaml': document('Provider', 'hetzner', '{ type: hetzner, token: { env: HCLOUD_TOKEN } }'),
    'web-1.yaml': document('Node', 'web-1', '{ provider: hetzner, serverType: cx23, location: fsn1 }'),
  });
  const { source } = await git.repository.fetch('pressluft/status');
  let reads = 0;
  const counting = {
    list: git.repository.list,
    read: (...args: Parameters<typeof git.repository.read>) => {
      reads++;
      return git.repository.read(...args);
    },
  };
  const memory = createPassMemory();
  const load = (available: boolean, head: string) =>
    loadDesired(counting, source, memory, { facts: factsNow(memory, recordsOf(available, head), now) });
  const fine = await load(true, 'one');
  expect(fine.diagnostics.map(({ code }) => code)).not.toContain(diagnosticCodes.serverTypeSoldOut);
  expect(await load(true, 'two')).toBe(fine);
  const soldOut = await load(false, 'three');
  expect(soldOut.diagnostics.map(({ code }) => code)).toContain(diagnosticCodes.serverTypeSoldOut);
  expect(await load(false, 'four')).toBe(soldOut);
  expect(reads).toBe(2);
});
