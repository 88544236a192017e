import { describe, expect, test } from 'vitest';
import type { BackupPolicyName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import { comparePlans } from '../../src/plan/compare-plans.ts';
import { parsePlanJson } from '../../src/plan/parse-plan-json.ts';
import { plan } from '../../src/plan/plan.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import { renderPlanMarkdown } from '../../src/plan/render-markdown.ts';
import { renderPlanText } from '../../src/plan/render-text.ts';
import { everyKind } from '../support/action-kinds.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { backupPolicy, backupRepository } from '../support/backup-builders.ts';
import { desiredEnvironment, desiredFleet } from '../support/fleet-builders.ts';

const base = desiredEnvironment('acme');
const nightly = 'nightly' as BackupPolicyName;

/** The plan of a running fleet that is as its manifests say. */
function running(...environments: readonly DesiredEnvironment[]) {
  const desired = desiredFleet({
    environments,
    backupRepositories: [backupRepository()],
    backupPolicies: [backupPolicy()],
  });
  return planJson(plan(planInput({ desired, observed: convergedFleet(desired), kinds: everyKind })));
}

const settings: readonly (readonly [string, Partial<DesiredEnvironment>])[] = [
  ['tls.mode acme', { tls: { mode: 'acme', email: 'a@acme.example', hsts: false } }],
  [
    'tls.mode provided',
    {
      tls: {
        mode: 'provided',
        certificate: { kind: 'env', name: 'CERT' },
        privateKey: { kind: 'env', name: 'KEY' },
        hsts: true,
      },
    },
  ],
  ['backups.policy nightly', { backups: { policy: nightly } }],
  ['deletionPolicy backup-then-delete', { deletionPolicy: 'backup-then-delete' }],
  ['scrub commerce', { scrub: 'commerce' }],
  ['wordpress.locale de_DE', { wordpress: { ...base.wordpress, locale: 'de_DE' } }],
];

describe.each(settings)('%s, which this version accepts and does not apply', (words, change) => {
  const json = running({ ...base, ...change });

  test('is told by the plan of a running, unchanged environment', () => {
    expect(json.actions).toEqual([]);
    expect(json.notApplied).toMatchObject([{ resource: 'environment/acme' }]);
    const text = renderPlanText(json, everyKind);
    expect(text).toContain('except for 1 setting that this version does not apply');
    expect(text).toContain(`Accepted and not applied by this version\n    ${words}: `);
    expect(text).toContain('environment/acme');
  });

  test('is told in Markdown', () => {
    const markdown = renderPlanMarkdown(json, everyKind);
    expect(markdown).toContain('except for 1 setting that this version does not apply');
    expect(markdown).toContain('<b>Accepted and not applied</b> by this version: 1');
    expect(markdown).toContain('environment/acme');
  });

  test('is kept in the written JSON', () => {
    expect(parsePlanJson(JSON.parse(JSON.stringify(json)))).toEqual(json);
  });
});

test('without such a setting the fleet is as described, and the JSON has no member for them', () => {
  const json = running(base);
  expect(json).not.toHaveProperty('notApplied');
  expect(renderPlanText(json, everyKind)).toContain('No changes. The fleet is as described.');
});

test('a plan of an earlier version, without the member, is read', () => {
  expect(parsePlanJson(JSON.parse(JSON.stringify(running(base))))).toMatchObject({ actions: [] });
});

test('equal settings of many environments are told once', () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
    ...desiredEnvironment(name),
    backups: { policy: nightly },
  }));
  const text = renderPlanText(running(...many), everyKind);
  expect(text.match(/backups\.policy/g)).toHaveLength(1);
  expect(text).toMatch(/in 5\s+environments/);
});

test('a merge tells only the settings that it adds', () => {
  const before = running({ ...base, backups: { policy: nightly } });
  const after = running({ ...base, backups: { policy: nightly }, scrub: 'users' });
  const merge = comparePlans(before, after);
  expect(merge.notApplied).toMatchObject([{ field: 'scrub' }]);
  const text = renderPlanText(merge, everyKind);
  expect(text).toContain('scrub users');
  expect(text).not.toContain('backups.policy');
  expect(comparePlans(before, before)).not.toHaveProperty('notApplied');
});

test('a commit that only sets another language plans nothing, since it would change nothing', () => {
  const desired = (environment: DesiredEnvironment) => desiredFleet({ environments: [environment] });
  const german = { ...base, wordpress: { ...base.wordpress, locale: 'de_DE' } };
  const { actions, notApplied } = plan(
    planInput({ desired: desired(german), observed: convergedFleet(desired(base)), kinds: everyKind }),
  );
  expect(actions).toEqual([]);
  expect(notApplied).toMatchObject([{ field: 'wordpress.locale', value: 'de_DE' }]);
});
