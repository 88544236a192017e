import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { missingDataKinds } from '../../../src/fleet/missing-data.ts';
import { frontPageStates } from '../../../src/fleet/observed-site.ts';
import { checkReasons } from '../../../src/fleet/reasons/check-reasons.ts';
import { nodeReasons } from '../../../src/fleet/reasons/node-reasons.ts';
import { type CheckReason, identityReasonNames, reasons } from '../../../src/fleet/reasons.ts';
import { environmentDetails, environmentDetailsOf } from '../../../src/record/status/environment-details.ts';
import { fleetDetailsOf } from '../../../src/record/status/fleet-details.ts';
import {
  type NodeDetails,
  nodeDetails,
  nodeDetailsOf,
  noNodeDetails,
  recordedServerId,
} from '../../../src/record/status/node-details.ts';
import { parseStatus, renderStatus } from '../../../src/record/status/status-document.ts';
import { nodeRef, statusDocument } from '../../support/fleet-builders.ts';

const text = fc.string({ maxLength: 20 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const anySite = fc.record({
  activePlugins: maybe(fc.array(text, { maxLength: 2 })),
  activeTheme: maybe(text),
  title: maybe(text),
  adminEmail: maybe(text),
  locale: maybe(text),
  databaseVersion: maybe(text),
  frontPage: maybe(
    fc.record({
      state: fc.constantFrom(...frontPageStates),
      status: maybe(fc.nat()),
      message: text,
      at: text,
    }),
  ),
  code: maybe(fc.record({ intact: fc.boolean(), paths: fc.array(text, { maxLength: 2 }), at: text })),
});

const anyObservation = fc.record({
  state: fc.constantFrom('running' as const, 'stopped' as const),
  owner: maybe(text),
  complete: fc.boolean(),
  present: fc.boolean(),
  missingData: fc.subarray([...missingDataKinds]),
  retained: fc.boolean(),
  deletionPolicy: maybe(fc.constantFrom('retain' as const, 'delete' as const, 'backup-then-delete' as const)),
  drift: fc.array(fc.record({ path: text, expected: text, actual: maybe(text) }), { maxLength: 2 }),
  failedServices: fc.array(text, { maxLength: 2 }),
  site: maybe(anySite),
});

const checkName = fc.constantFrom(...(Object.keys(checkReasons) as CheckReason[]));
const anyCheck = fc.record({ reason: checkName, detail: maybe(text) });

const anyNodeDetails: fc.Arbitrary<NodeDetails> = fc.record({
  os: maybe(text),
  cores: maybe(fc.nat()),
  memoryMib: maybe(fc.nat()),
  phpVersions: maybe(fc.array(text, { minLength: 1, maxLength: 2 })),
  ipv4: maybe(text),
  server: maybe(
    fc.record({
      id: maybe(fc.nat()),
      name: maybe(text),
      type: text,
      location: text,
      image: maybe(text),
      owner: maybe(text),
    }),
  ),
  hostKey: maybe(text),
  machineId: maybe(text),
  warnings: fc.array(anyCheck, { maxLength: 2 }),
  observed: fc.record(
    {
      state: fc.constantFrom(
        'absent' as const,
        'unreachable' as const,
        'not_ready' as const,
        'ready' as const,
      ),
      reason: maybe(
        fc.oneof(checkName, fc.constantFrom(...(Object.keys(nodeReasons) as (keyof typeof nodeReasons)[]))),
      ),
      message: text,
      provisioned: fc.boolean(),
      failing: fc.array(
        fc.record({ reason: checkName, detail: maybe(text), message: fc.string({ minLength: 1 }) }),
        { maxLength: 2 },
      ),
      orphans: fc.array(
        fc
          .tuple(
            anyObservation,
            fc.record({
              name: fc.constantFrom('shop', 'blog'),
              digest: fc.constantFrom(null, `sha256:${'a'.repeat(64)}` as never),
              applied: fc.constantFrom(null, { title: 'x' }),
              wordpressVersion: maybe(text),
              phpVersion: maybe(text),
            }),
          )
          .map(([observation, own]) => ({ ...observation, ...own })),
        { maxLength: 2 },
      ),
      identity: fc.record({
        reason: fc.constantFrom(...identityReasonNames),
        message: text,
        nextStep: text,
        before: maybe(text),
        after: maybe(text),
      }),
    },
    { requiredKeys: ['state', 'reason', 'message', 'provisioned', 'failing', 'orphans'] },
  ),
});

describe('details of a record', () => {
  test('of a node are read as they were written', () => {
    fc.assert(
      fc.property(anyNodeDetails, (details) => {
        const written = { details: nodeDetails.write(details) as Record<string, unknown> };
        const status = parseStatus(renderStatus(statusDocument(nodeRef('web-1'), written)));
        expect(nodeDetailsOf(status)).toEqual(details);
      }),
      { numRuns: 200 },
    );
  });

  test('of an environment are read as they were written', () => {
    fc.assert(
      fc.property(maybe(anyObservation), text, (observed, url) => {
        const details = { ...environmentDetailsOf(undefined), url, plugins: { akismet: '5.5' }, observed };
        expect(environmentDetails.read(environmentDetails.write(details))).toEqual(details);
      }),
      { numRuns: 200 },
    );
  });

  test('with default values are empty', () => {
    expect(nodeDetails.write(noNodeDetails)).toEqual({});
    expect(environmentDetails.write(environmentDetailsOf(undefined))).toEqual({});
  });

  test('of a node that are invalid are omitted, and the rest is read', () => {
    const details = {
      os: 7,
      ipv4: '192.0.2.1',
      server: { id: '42' },
      warnings: [null, 7, {}, { reason: 'RebootRequired' }],
      observed: { state: 'ready', failing: 'none', orphans: [{ name: '../x', state: 'running' }, null] },
    };
    expect(nodeDetailsOf({ details })).toEqual({
      ...noNodeDetails,
      ipv4: '192.0.2.1',
      server: { id: null, name: null, type: '', location: '', image: null, owner: null },
      warnings: [{ reason: 'RebootRequired', detail: null }],
      observed: {
        state: 'ready',
        reason: null,
        message: '',
        provisioned: true,
        failing: [],
        orphans: [],
      },
    });
    expect(nodeDetailsOf({ details: { observed: { state: 'happy' } } }).observed).toBeUndefined();
    expect(recordedServerId({ details: { server: { id: 1.5 } } })).toBeNull();
    expect(fleetDetailsOf({ details: { plan: { digest: 7 }, contentVersion: ['x'] } })).toEqual({
      contentVersion: null,
      signers: [],
      refusedCommit: null,
    });
  });
});

const firstVersion = `apiVersion: pressluft.dev/v1
kind: Status
metadata:
  name: web-1
resource: node/web-1
uid: abcdefgh23456723
source:
  file: nodes/web-1.yaml
conditions:
  - type: Ready
    status: "False"
    reason: NodeNotReady
    message: 12 MiB left
    lastTransitionTime: 2026-01-01T00:00:00.000Z
  - type: Reconciling
    status: "True"
    reason: Sunspots
    message: active
    lastTransitionTime: 2026-01-01T00:00:00.000Z
details:
  ipv4: 192.0.2.1
  warnings:
    - reboot_required
  observed:
    state: not_ready
    reason: service_inactive:nginx
    message: nginx is dead
    failing:
      - code: service_inactive:nginx
        message: nginx is dead
      - code: disk_low
        message: 12 MiB left
      - code: sunspots
        message: active
    strays: # former name
      - name: shop
        state: running
        retained: true
`;

test('a record of the first version is read with the current names', () => {
  const status = parseStatus(firstVersion);
  expect(status?.conditions).toMatchObject([
    { type: 'Ready', reason: 'NodeNotReady', message: '12 MiB left' },
    { type: 'Reconciling', reason: 'UnknownReason', message: 'Sunspots: active' },
  ]);
  expect(nodeDetailsOf(status)).toMatchObject({
    ipv4: '192.0.2.1',
    warnings: [{ reason: 'RebootRequired', detail: null }],
    observed: {
      state: 'not_ready',
      reason: 'ServiceInactive',
      failing: [
        { reason: 'ServiceInactive', detail: 'nginx', message: 'nginx is dead' },
        { reason: 'DiskLow', detail: null },
        { reason: 'UnknownCheck', detail: 'sunspots', message: 'active' },
      ],
      orphans: [{ name: 'shop', retained: true, complete: true, owner: null }],
    },
  });
});

test('each reason of a node of the first version is read', () => {
  for (const reason of Object.keys(nodeReasons)) {
    const earlier = reason.replace(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`);
    const observed = { state: 'unreachable', reason: earlier, message: 'words' };
    expect(nodeDetailsOf({ details: { observed } }).observed).toMatchObject({ reason, message: 'words' });
  }
  expect(Object.keys(reasons)).toContain('UnknownReason');
  const observed = { state: 'unreachable', reason: 'protected', message: 'words' };
  expect(nodeDetailsOf({ details: { observed } }).observed).toMatchObject({
    reason: 'UnknownReason',
    message: 'protected: words',
  });
});
