import { expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import type { ServerType } from '../../src/fleet/observed.ts';
import { factsFromRecords } from '../../src/record/known-facts.ts';
import { recordedOffer } from '../../src/record/recorded-offer.ts';
import { condition, environmentRef, nodeRef, statusDocument } from '../support/fleet-builders.ts';

const soldOut: ServerType = {
  name: 'cx23',
  cores: 2,
  memoryMib: 4096,
  diskGib: 40,
  architecture: 'x86',
  locations: [{ location: 'fsn1', available: false, unavailableAfter: '2026-06-01T00:00:00Z' }],
};
const asOf = '2026-02-01T00:00:00Z';
const day = 86_400_000;
const provider = statusDocument('provider/hetzner' as ResourceRef, {
  details: { serverTypes: recordedOffer([soldOut], asOf) },
});

test('server types are known by the name of the provider', () => {
  const { serverTypes } = factsFromRecords([provider], Date.parse(asOf) + day);
  expect([...serverTypes]).toEqual([['hetzner', [soldOut]]]);
});

test('types that were sold out a week ago are no longer reported so, but retired ones are', () => {
  const { serverTypes } = factsFromRecords([provider], Date.parse(asOf) + 7 * day);
  expect(serverTypes.get('hetzner')?.[0]?.locations).toEqual([
    { location: 'fsn1', available: true, unavailableAfter: '2026-06-01T00:00:00Z' },
  ]);
});

test('the memory of hosts is known from their records, that of servers from their type', () => {
  const host = statusDocument(nodeRef('metal'), { details: { memoryMib: 15_900 } });
  const server = statusDocument(nodeRef('web-1'), { details: { memoryMib: 3900, server: { id: 1 } } });
  const odd = statusDocument(nodeRef('odd'), { details: { memoryMib: 'much' } });
  const { nodeMemoryMib } = factsFromRecords([host, server, odd], Date.parse(asOf));
  expect([...nodeMemoryMib]).toEqual([['metal', 15_900]]);
});

test('a domain belongs to the environment that has it applied, unless it is out of service or several have it', () => {
  const hosts = (primary: string) => ({
    hosts: { preview: 'a.203-0-113-5.sslip.io', primary, aliases: [`www.${primary}`], redirects: [] },
  });
  const documents = [
    statusDocument(environmentRef('bakery'), { applied: hosts('bakery.example') }),
    statusDocument(environmentRef('old'), {
      applied: hosts('old.example'),
      conditions: [condition('Ready', 'False', 'Retained')],
    }),
    statusDocument(environmentRef('one'), { applied: hosts('both.example') }),
    statusDocument(environmentRef('two'), { applied: hosts('both.example') }),
    statusDocument(environmentRef('new'), {}),
  ];
  const { domainHolders } = factsFromRecords(documents, Date.parse(asOf));
  expect([...domainHolders]).toEqual([
    ['bakery.example', 'environment/bakery'],
    ['www.bakery.example', 'environment/bakery'],
  ]);
});
