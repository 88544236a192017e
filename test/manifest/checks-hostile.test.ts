import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Json } from '../../src/fleet/digest.ts';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { documentChecks } from '../../src/manifest/checks/document-checks.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { badDirectory, goldenFiles, goldenNames } from '../support/golden-manifests.ts';
import { fleetWith, load, textFile } from './fleet-fixture.ts';

/** Names of fields that checks read, so that they get values of any type. */
const fields = [
  'schedule',
  'cron',
  'timezone',
  'verification',
  'retention',
  'last',
  'daily',
  'maintenance',
  'windows',
  'freezes',
  'start',
  'duration',
  'from',
  'until',
  'time',
  'risks',
  'types',
  'name',
  'domains',
  'primary',
  'aliases',
  'redirects',
  'to',
  'tls',
  'mode',
  'email',
  'source',
  'clone',
  'site',
  'node',
  'provider',
  'serverType',
  'location',
  'swap',
  'php',
  'pool',
  'pm',
  'maxChildren',
  'memoryLimit',
  'version',
  'cache',
  'object',
  'state',
  'backups',
  'policy',
  'deletionPolicy',
  'environment',
  'previewDomain',
  'defaults',
  'type',
  '__proto__',
  'constructor',
] as const;
const scalars = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    -1,
    0,
    1e300,
    '',
    '*',
    '30 2 * * *',
    '0 0 30 2 *',
    '* * * * * *',
    'Europe/Berlin',
    '+25:00',
    '2026-12-18T18:00',
    '9999-12-31T23:59',
    '4h',
    'acme',
    'web-1',
    'acme-production',
    'hetzner',
    'cx23',
    'acme',
    'https://acme.shop/a',
    'https://[',
    '/a',
    'stopped',
    'static',
    'provided',
    '999999G',
  ),
  fc.string(),
  fc.double(),
);
const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...fields), tie('value')), { maxLength: 8 })
      .map((entries) => Object.fromEntries(entries) as Json),
  ),
}));

test('checks of a document never throw for any value', () => {
  fc.assert(
    fc.property(fc.constantFrom(...resourceKinds), anyValue, (kind, spec) => {
      expect(documentChecks(kind, { spec }, 'any.yaml')).toBeInstanceOf(Array);
    }),
    { numRuns: 1500 },
  );
});

const facts = {
  now: 1_700_000_000_000,
  serverTypes: new Map([['hetzner', []]]),
  nodeMemoryMib: new Map([['web-1', 0]]),
};

/** The documents of every golden case, which contain the input of each check. */
const cases: readonly (readonly Json[])[] = goldenNames(badDirectory)
  .filter((name) => name >= diagnosticCodes.timezoneUnknown && name < diagnosticCodes.sopsFileMissing)
  .map((name) =>
    goldenFiles(badDirectory, name).flatMap(({ text }) =>
      parseAllDocuments(text).map((document) => document.toJS() as Json),
    ),
  );

/** The value with its n-th part replaced, counted through all depths. */
function replacedAt(value: Json, place: { left: number }, by: Json): Json {
  if (place.left-- === 0) return by;
  if (Array.isArray(value)) return value.map((item: Json) => replacedAt(item, place, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replacedAt(item, place, by)]));
}

test('checks of the fleet never throw for a wrong value at any place, and give every finding a place', () => {
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.nat(200), anyValue, (documents, place, by) => {
      const counter = { left: place };
      const files = documents.map((document, i) =>
        textFile(`any-${i}.yaml`, JSON.stringify(replacedAt(document, counter, by))),
      );
      const { diagnostics } = load([...fleetWith({}), ...files], facts);
      expect(diagnostics.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
    }),
    { numRuns: 250 },
  );
});
