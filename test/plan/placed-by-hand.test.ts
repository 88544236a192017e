import { describe, expect, test } from 'vitest';
import { environmentTask, withoutUrls } from '../../src/fleet/environment-task.ts';
import type { ObservedEnvironment } from '../../src/fleet/observed.ts';
import type { FieldChange } from '../../src/fleet/plan.ts';
import { placedByHand } from '../../src/plan/placed-by-hand.ts';
import { plan } from '../../src/plan/plan.ts';
import { undoOfChanges } from '../../src/plan/undo.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  desiredEnvironment,
  desiredFleet,
  observedEnvironment,
  observedFleet,
} from '../support/fleet-builders.ts';

const shop = desiredEnvironment('shop');
const code = (...paths: string[]) => ({
  site: { code: { intact: paths.length === 0, paths, at: '' } } as never,
});

function seen(overrides: Partial<ObservedEnvironment> = {}): ObservedEnvironment {
  const applied = withoutUrls(
    environmentTask(shop, '192.0.2.1', 'sslip.io'),
  ) as ObservedEnvironment['appliedSpec'];
  return observedEnvironment('shop', { appliedSpec: applied, plugins: { 'my-own': '1.0' }, ...overrides });
}

const other: FieldChange = { field: 'wordpress.version', before: '7.1.1', after: '7.2' };
const files = (change: FieldChange, ...args: Parameters<typeof seen>) =>
  placedByHand(shop, seen(...args), [change]).map(({ field }) => field);

describe('what somebody placed in the code of a site', () => {
  test.each(['wordpress.version', 'wordpress.plugins.akismet', 'wordpress.themes', 'code', 'cache.object'])(
    'goes away with a change of %s',
    (field) => {
      expect(files({ ...other, field })).toEqual(['files:wp-content/plugins/my-own']);
    },
  );

  test.each(['title', 'php.memory_limit', 'wordpress.locale', 'codes'])(
    'stays with a change of %s',
    (field) => {
      expect(files({ ...other, field })).toEqual([]);
    },
  );

  test('is known of themes from the comparison of code, and is no theme of WordPress', () => {
    const paths = [
      'wp-content/themes/mine/functions.php',
      'wp-content/themes/twentytwentyfive/x.php',
      'wp-content/x.php',
    ];
    expect(files(other, { plugins: {}, ...code(...paths) })).toEqual(['files:wp-content/themes/mine']);
  });

  test('is nothing that a manifest describes, now or as applied', () => {
    const described = { ...shop, wordpress: { ...shop.wordpress, plugins: [{ slug: 'my-own' } as never] } };
    expect(placedByHand(described, seen(), [other])).toEqual([]);
  });

  test('is lost, whatever is reverted', () => {
    const change = { field: 'files:wp-content/plugins/my-own', before: 'placed by hand', after: null };
    expect(undoOfChanges([change])).toMatchObject({
      byRevert: false,
      lost: 'wp-content/plugins/my-own, which is in no artifact, is removed',
    });
  });

  test('is in the plan of a commit that changes the release', () => {
    const before = desiredFleet({ environments: [shop] });
    const changed = { ...shop, wordpress: { ...shop.wordpress, version: '7.2' } };
    const [node] = convergedFleet(before).nodes.values();
    if (node === undefined) throw new Error('no node');
    const found = node.environments.get(shop.name);
    if (found === undefined) throw new Error('no environment');
    const withPlugin = { ...found, plugins: { ...found.plugins, 'my-own': '1.0' } };
    const observed = observedFleet([{ ...node, environments: new Map([[shop.name, withPlugin]]) }]);
    const { actions } = plan(planInput({ desired: desiredFleet({ environments: [changed] }), observed }));
    const change = actions.find(({ kind }) => kind === 'environment.converge');
    expect(change?.changes).toContainEqual({
      field: 'files:wp-content/plugins/my-own',
      before: 'placed by hand',
      after: null,
    });
    expect(change?.undo.lost).toContain('wp-content/plugins/my-own');
  });
});
