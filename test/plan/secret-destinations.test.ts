import { expect, test } from 'vitest';
import type { SecretGrant } from '../../src/fleet/secret-grants.ts';
import { newDestinations } from '../../src/plan/secret-destinations.ts';
import { fleetConfig } from '../support/fleet-builders.ts';

const grant: SecretGrant = {
  secret: { kind: 'env', name: 'PRESSLUFT_SECRET_S3' },
  to: ['backuprepository/offsite'],
  fields: ['s3.secretAccessKey'],
  hosts: ['s3.example'],
};

function fleet(...grants: readonly SecretGrant[]) {
  return { config: fleetConfig({ secrets: { recipients: [], grants } }) };
}

function provider(endpoint: string) {
  return new Map([
    ['hetzner', { machines: 'acquired', name: 'hetzner', token: grant.secret, endpoint }],
  ]) as never;
}

test('nothing is new between equal fleets, and a removed destination is none', () => {
  expect(newDestinations(fleet(grant), fleet(grant))).toEqual([]);
  expect(newDestinations(fleet(grant), fleet())).toEqual([]);
});

test('each new host, field, resource and secret is a line of its own', () => {
  const as = 'New use of a secret: env PRESSLUFT_SECRET_S3 as';
  expect(newDestinations(fleet(), fleet(grant))).toEqual([
    `${as} s3.secretAccessKey of backuprepository/offsite, sent to s3.example.`,
  ]);
  expect(newDestinations(fleet(grant), fleet({ ...grant, hosts: ['s3.example', 'evil.example'] }))).toEqual([
    `${as} s3.secretAccessKey of backuprepository/offsite, sent to evil.example.`,
  ]);
  expect(
    newDestinations(fleet(grant), fleet(grant, { ...grant, fields: null, hosts: [], to: ['site/acme'] })),
  ).toEqual([`${as} any field of site/acme.`]);
});

test('a provider that sends its token elsewhere is a line, if the providers of before are known', () => {
  const [api, evil] = ['https://api.hetzner.cloud/v1', 'https://evil.example/v1'].map(provider);
  const after = { ...fleet(), providers: evil as never };
  expect(newDestinations({ ...fleet(), providers: api as never }, after)).toEqual([
    'New use of a secret: env PRESSLUFT_SECRET_S3 as token of provider/hetzner, sent to evil.example.',
  ]);
  expect(newDestinations(fleet(), after)).toEqual([]);
});
