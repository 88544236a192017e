import { expect, test } from 'vitest';
import type { SiteName } from '../../src/fleet/brand.ts';
import type { OwnershipRule } from '../../src/fleet/ownership.ts';
import { plan } from '../../src/plan/plan.ts';
import { acme, inputOf } from '../support/backed-up-fleet.ts';
import { backupRecord } from '../support/backup-builders.ts';
import { desiredEnvironment, fleetConfig } from '../support/fleet-builders.ts';

const source = { kind: 'backup', record: 'acme-1' } as const;
const sibling = desiredEnvironment('sibling', { source, site: acme.site });
const thief = desiredEnvironment('thief', { source, site: 'thief' as SiteName });

/** All files of the test fleet are of one directory. */
function rules(sites: readonly string[]): readonly OwnershipRule[] {
  return [{ paths: ['**'], level: 'site', sites, kinds: ['Environment'] }];
}

function planned(environment: typeof thief, ownership: readonly OwnershipRule[] | null, known = [acme]) {
  const input = inputOf({
    before: known,
    after: [...known, environment],
    records: [backupRecord('acme')],
    parts: { config: fleetConfig({ ownership }) },
  });
  const { actions, blocked } = plan(input);
  return {
    actions: actions.map(({ id }) => id),
    blocked: blocked.map(({ reason, message }) => `${reason}: ${message}`),
  };
}

const restored = (name: string) => ({ actions: [`backup.restore:${name}@acme-1`], blocked: [] });

test('a backup of another site is not restored into the environment of a site owner', () => {
  const { actions, blocked } = planned(thief, rules(['thief']));
  expect(actions).toEqual([]);
  expect(blocked).toEqual([expect.stringMatching(/^BackupUnknown: backup acme-1 is of acme/)]);
});

test('a backup of an environment whose site is not known any more is not, either', () => {
  expect(planned(sibling, rules([acme.site]), []).actions).toEqual([]);
});

test('a backup of the same site is, and one of another site where both belong to the file', () => {
  expect(planned(sibling, rules([acme.site]))).toEqual(restored('sibling'));
  expect(planned(thief, rules(['thief', acme.site]))).toEqual(restored('thief'));
  expect(planned(thief, rules(['*']))).toEqual(restored('thief'));
  expect(planned(thief, null)).toEqual(restored('thief'));
});
