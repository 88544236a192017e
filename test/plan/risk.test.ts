import { expect, test } from 'vitest';
import type { FieldChange } from '../../src/fleet/plan.ts';
import { riskiest, riskOf } from '../../src/plan/risk.ts';
import { undoOfChanges } from '../../src/plan/undo.ts';
import { compareVersions } from '../../src/plan/versions.ts';

function change(field: string, before: unknown = 1, after: unknown = 2): FieldChange {
  return { field, before, after };
}

test.each([
  [['title', 'hosts.aliases', 'access.noindex', 'nginx.server_snippet', 'deletion_policy'], 'none'],
  [['php.memory_limit', 'title'], 'restart'],
  [['php.pool.max_children'], 'restart'],
  [['cache.object'], 'restart'],
  [['php.version', 'php.memory_limit'], 'downtime'],
  [['state'], 'downtime'],
  [['site_url'], 'data'],
  [['wordpress.version', 'wordpress.sha256'], 'data'],
  [['wordpress.plugins.akismet.version', 'php.version'], 'data'],
  [['database'], 'data'],
  [['php_versions'], 'none'],
  [[], 'none'],
] as const)('the risk of %j is %s', (fields, risk) => {
  expect(riskOf(fields.map((field) => change(field)))).toBe(risk);
});

test('the riskiest change is named, the first one among equals', () => {
  const changes = ['php.memory_limit', 'php.version', 'state', 'title'].map((field) => change(field));
  expect(riskiest(changes)?.field).toBe('php.version');
  expect(riskiest([])).toBeUndefined();
});

test.each([
  ['7.1', '7.1.0', 0],
  ['7.1.1', '7.1', 1],
  ['7.10', '7.9', 1],
  ['6.9.4', '7.0', -1],
  ['7.2-beta1', '7.2', -1],
  ['7.2-beta2', '7.2-beta1', 1],
  ['7.2', '7.2-RC1', 1],
] as const)('version %s against %s is %i', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
  expect(Math.sign(compareVersions(b, a))).toBe(sign === 0 ? 0 : -sign);
});

test.each([
  [
    'an upgrade',
    change('wordpress.version', '7.1.1', '7.2'),
    'database changes of WordPress 7.2 remain; a revert restores only the code of 7.1.1',
  ],
  [
    'a downgrade',
    change('wordpress.version', '7.2', '7.1.1'),
    'the database keeps the schema of WordPress 7.2, which WordPress 7.1.1 does not support',
  ],
  [
    'a plugin update',
    change('wordpress.plugins.akismet.version', '5.5', '5.6'),
    'database changes of plugin akismet 5.6 remain',
  ],
  [
    'a new plugin',
    change('wordpress.plugins.shop', null, { version: '2' }),
    'tables and options that plugin shop creates remain',
  ],
  [
    'a removed plugin',
    change('wordpress.plugins.shop', { version: '2' }, null),
    'data that plugin shop removes on deactivation is not restored',
  ],
  [
    'an activated plugin',
    change('wordpress.plugins.shop.active', true, false),
    'database changes of plugin shop on activation or deactivation remain',
  ],
  [
    'a new address',
    change('site_url', 'http://a.example', 'http://b.example'),
    'content written in the meantime keeps the address http://b.example',
  ],
] as const)('a revert of %s says what remains', (_, item, left) => {
  expect(undoOfChanges([change('title'), item])).toEqual({ byRevert: false, lost: left, restorePoint: null });
});

test('a revert of settings restores everything', () => {
  const settings = ['php.version', 'php.memory_limit', 'title', 'state'].map((field) => change(field));
  expect(undoOfChanges(settings)).toEqual({ byRevert: true, lost: null, restorePoint: null });
});
