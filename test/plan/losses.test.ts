import { describe, expect, test } from 'vitest';
import type { EnvironmentName, NodeName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { MissingData } from '../../src/fleet/missing-data.ts';
import type { IdentityFinding, ObservedEnvironment } from '../../src/fleet/observed.ts';
import type { StatusDocument } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { backupRecord } from '../support/backup-builders.ts';
import {
  desiredEnvironment,
  desiredFleet,
  digest,
  hetznerNode,
  observedEnvironment,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

const shop = desiredEnvironment('shop');
const applied = (overrides: Partial<StatusDocument> = {}) =>
  statusDocument(shop.ref, { node: 'web-1', appliedDigest: digest('applied'), ...overrides });

interface Case {
  readonly environment?: DesiredEnvironment;
  readonly seen?: ObservedEnvironment | null;
  readonly records?: readonly StatusDocument[];
  readonly identity?: IdentityFinding;
  /** The node was not observed. */
  readonly unobserved?: boolean;
  readonly approved?: readonly string[];
  readonly backedUp?: boolean;
}

/** A plan for one environment on a node that is as described. */
function planned({ environment = shop, seen = null, records = [applied()], ...rest }: Case) {
  const desired = desiredFleet({
    nodes: [hetznerNode('web-1'), hetznerNode('web-2')],
    environments: [environment],
  });
  const fleet = convergedFleet(desired);
  const nodes = new Map(
    [...fleet.nodes].map(([name, node]) => {
      const environments = new Map(name === environment.node && seen !== null ? [[seen.name, seen]] : []);
      const identity = name === 'web-1' ? rest.identity : undefined;
      const state = name === 'web-1' && rest.unobserved === true ? ({ state: 'unknown' } as const) : {};
      return [name, { ...node, ...state, environments, ...(identity === undefined ? {} : { identity }) }];
    }),
  );
  const recorded = {
    ...recordedFleet(records),
    approvals: [
      { plan: digest('plan'), actions: rest.approved ?? [], by: 'Ada', at: '2026-01-01T00:00:00Z' },
    ],
    backups: new Map(rest.backedUp === true ? [[shop.name, [backupRecord('shop')]]] : []),
  };
  return plan(planInput({ desired, observed: { ...fleet, nodes }, recorded: recorded as never }));
}

describe('an environment that was applied and is not there', () => {
  test.each<[string, Case]>([
    ['on its node', {}],
    ['and is protected', { environment: { ...shop, protected: true } }],
    ['and was only recorded as protected', { records: [applied({ protected: true })] }],
    ['on the node that its manifest names now', { environment: { ...shop, node: 'web-2' as NodeName } }],
    [
      'and is to be a clone',
      { environment: { ...shop, source: { kind: 'clone', environment: 'x' as EnvironmentName } } },
    ],
    ['whose backup cannot be restored', { backedUp: true }],
    ['whose files were removed', { seen: { ...observedEnvironment('shop'), present: false }, records: [] }],
    [
      'and of which a part is left',
      { seen: { ...observedEnvironment('shop'), complete: false, present: false, appliedDigest: null } },
    ],
    ['whose database was dropped', { seen: observedEnvironment('shop', { missingData: ['database'] }) }],
    [
      'whose uploads were removed, without a record of ours',
      { seen: observedEnvironment('shop', { missingData: ['uploads'] }), records: [] },
    ],
    [
      'that was retained and lost its database',
      {
        seen: observedEnvironment('shop', {
          retained: true,
          complete: false,
          appliedDigest: null,
          missingData: ['database'],
        }),
        records: [],
      },
    ],
    ['and was retained', { seen: { ...observedEnvironment('shop'), retained: true, present: false } }],
  ])('%s: is blocked, with an action that touches data', (_, given) => {
    const { actions, blocked } = planned(given);
    expect(actions).toEqual([]);
    expect(blocked).toMatchObject([
      {
        resource: shop.ref,
        reason: 'DataMissing',
        needsPerson: true,
        action: { reason: 'DataMissing', risk: 'data', undo: { byRevert: false } },
      },
    ]);
    expect(blocked[0]?.nextStep).toContain('pressluft approve sha256:');
    const isProtected = given.environment?.protected === true || given.records?.[0]?.protected === true;
    expect(blocked[0]?.message.includes('it is protected')).toBe(isProtected);
  });

  test('is made again by an approval of that action, and of no other loss', () => {
    const first = planned({}).blocked[0]?.action?.digest ?? '';
    expect(planned({ approved: [first] }).actions).toMatchObject([{ reason: 'DataMissing' }]);
    const again = applied({ details: { madeAt: '2026-02-01T00:00:00Z' } });
    expect(planned({ approved: [first], records: [again] }).actions).toEqual([]);
    const moved = { ...shop, node: 'web-2' as NodeName };
    expect(planned({ approved: [first], environment: moved }).actions).toEqual([]);
  });

  test('is approved for what was lost, and for nothing that is lost later', () => {
    const lost = (...missingData: readonly MissingData[]) => observedEnvironment('shop', { missingData });
    const approved = [planned({ seen: lost('uploads') }).blocked[0]?.action?.digest ?? ''];
    expect(planned({ seen: lost('uploads'), approved }).actions).toMatchObject([
      { reason: 'DataMissing', message: 'create an empty directory of uploads in place of the lost data' },
    ]);
    expect(planned({ seen: lost('database', 'uploads'), approved }).actions).toEqual([]);
    expect(planned({ approved }).actions).toEqual([]);
  });

  test('is told with what is lost and how to bring that back', () => {
    const [blocked] = planned({ seen: observedEnvironment('shop', { missingData: ['database'] }) }).blocked;
    expect(blocked?.message).toContain('its data is not there any more: WordPress in its database');
    expect(blocked?.nextStep).toContain('import database pl_shop');
    expect(blocked?.nextStep).toContain(`user create ${shop.adminUser} ${shop.adminEmail} --role`);
    const [files] = planned({ seen: observedEnvironment('shop', { missingData: ['uploads'] }) }).blocked;
    expect(files?.nextStep).toContain('restore /srv/pressluft/shop/shared/uploads');
    expect(files?.nextStep).toContain('To start with empty uploads instead');
  });

  test.each<[string, Case]>([
    ['was never applied', { records: [] }],
    ['was never recorded as applied', { records: [applied({ appliedDigest: null })] }],
    [
      'was interrupted',
      {
        seen: { ...observedEnvironment('shop'), complete: false, appliedDigest: null },
        records: [applied()],
      },
    ],
  ])('but %s: goes on by itself', (_, given) => {
    expect(planned(given).actions).toMatchObject([{ kind: 'environment.converge', resource: shop.ref }]);
  });
});

describe('a node that is not the recorded one', () => {
  const finding = (reason: IdentityFinding['reason']): IdentityFinding => ({
    reason,
    message: 'it is another one',
    nextStep: 'Put it back.',
    before: 'a',
    after: 'b',
  });

  test.each(['ServerUnlabelled', 'ServerRenamed', 'ServerAmbiguous'] as const)(
    '%s: nothing on it is changed',
    (reason) => {
      const { actions, blocked } = planned({ identity: finding(reason), records: [] });
      expect(actions).toEqual([]);
      expect(blocked.map((item) => [item.resource, item.reason, item.needsPerson])).toEqual([
        [shop.ref, reason, true],
        ['node/web-1', reason, true],
      ]);
      expect(blocked.every(({ nextStep }) => nextStep === 'Put it back.')).toBe(true);
    },
  );

  test('an environment that moves away from it says what is wrong there, and how to put it right', () => {
    const { blocked } = planned({
      environment: { ...shop, node: 'web-2' as NodeName },
      identity: finding('ServerRenamed'),
      unobserved: true,
    });
    expect(blocked).toContainEqual(
      expect.objectContaining({
        resource: shop.ref,
        reason: 'ServerRenamed',
        message:
          'it was last on node web-1, which is not as recorded: it is another one; a new one on web-2 would be empty',
        nextStep: 'Put it back.',
        needsPerson: true,
      }),
    );
  });

  test.each(['ServerRebuilt', 'ServerAddressChanged'] as const)(
    '%s: is accepted by an approval only',
    (reason) => {
      const { actions, blocked } = planned({ identity: finding(reason), records: [] });
      expect(actions).toEqual([]);
      expect(blocked.map((item) => [item.resource, item.reason])).toEqual([
        [shop.ref, 'WaitsFor'],
        ['node/web-1', reason],
      ]);
      const approved = [blocked[1]?.action?.digest ?? ''];
      expect(planned({ identity: finding(reason), records: [], approved }).actions).toMatchObject([
        { id: 'node.provision:web-1', reason },
        { id: 'environment.converge:shop' },
      ]);
      // Another machine than the approved one.
      const other = { ...finding(reason), after: 'c' };
      expect(planned({ identity: other, records: [], approved }).actions).toEqual([]);
    },
  );

  test('keeps what a commit removes from it', () => {
    const gone = observedEnvironment('old', {
      deletionPolicy: 'delete',
      appliedSpec: { protected: false },
    });
    const { actions, blocked } = planned({ identity: finding('ServerRebuilt'), seen: gone, records: [] });
    expect(actions).toEqual([]);
    expect(blocked).toContainEqual(
      expect.objectContaining({ resource: 'environment/old', reason: 'ServerRebuilt', needsPerson: true }),
    );
  });
});
