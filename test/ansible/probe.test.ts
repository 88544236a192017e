import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseProbe } from '../../src/actions/probe-node.ts';
import { ansibleRoot } from '../../src/main/paths.ts';
import { runPython } from './python.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-probe-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

async function probe() {
  const text = await runPython([join(ansibleRoot, 'files/probe.py'), '--root', root], '', '');
  return { raw: JSON.parse(text) as { errors: unknown[] }, ...parseProbe(text) };
}

const digest = `sha256:${'a'.repeat(64)}`;

it('identifies an interrupted create by its claim', async () => {
  mkdirSync(join(root, 'srv/pressluft/shop-a'), { recursive: true });
  put(
    'etc/pressluft/secrets/shop-a.json',
    JSON.stringify({ uid: 'abcdefgh23456723', database_password: 'hidden' }),
  );
  const found = await probe();
  expect([...found.environments.values()]).toMatchObject([
    { name: 'shop-a', uid: 'abcdefgh23456723', complete: false, appliedDigest: null },
  ]);
  expect(JSON.stringify(found.raw)).not.toContain('hidden');
});

it('reports a bare machine as not provisioned, without an error', async () => {
  const found = await probe();
  expect(found.raw.errors).toEqual([]);
  expect(found.provisioned).toBe(false);
  expect(found.checks.filter((check) => !check.ok).map((check) => check.reason)).toEqual(['NotProvisioned']);
  expect(found.environments.size).toBe(0);
});

it('reads the versions from the files, and reports a managed file that was changed or removed', async () => {
  const top = '/srv/pressluft/acme-production';
  const pool = '/etc/pressluft-php/acme-production.conf';
  put('/etc/pressluft/node.json', JSON.stringify({ v: 1, name: 'web-1', digest }));
  put(`${top}/current/public/wp-includes/version.php`, "<?php\n$wp_version = '7.1.1';\n");
  put(
    `${top}/current/public/wp-content/plugins/shop/main.php`,
    '<?php\n/*\n * Plugin Name: Shop\n * Version: 2.0\n */',
  );
  put(`${top}/current/public/wp-content/plugins/shop/other.php`, '<?php // nothing');
  put(pool, 'changed by hand');
  put('/etc/cron.d/kept', 'as written');
  const kept = createHash('sha256').update('as written').digest('hex');
  const managedFiles = {
    [pool]: 'b'.repeat(64),
    '/etc/cron.d/kept': kept,
    '/etc/nginx/gone.conf': 'c'.repeat(64),
  };
  const record = { v: 1, uid: 'uid-1', name: 'acme-production', digest, state: 'running', managedFiles };
  const spec = { php: { version: '8.2' }, state: 'running' };
  put('/etc/pressluft/environments/acme-production.json', JSON.stringify({ ...record, spec }));
  const found = await probe();
  expect(found.provisioned).toBe(true);
  const [environment] = [...found.environments.values()];
  expect(environment).toMatchObject({
    name: 'acme-production',
    uid: 'uid-1',
    complete: true,
    wordpressVersion: '7.1.1',
    phpVersion: '8.2',
    plugins: { shop: '2.0' },
    failedServices: ['fpmSocket'],
  });
  expect(environment?.driftedFiles).toEqual([
    { path: '/etc/nginx/gone.conf', expected: 'c'.repeat(64), actual: null },
    {
      path: pool,
      expected: 'b'.repeat(64),
      actual: createHash('sha256').update('changed by hand').digest('hex'),
    },
  ]);
});

it('shows an environment whose create was interrupted', async () => {
  put('/srv/pressluft/half-done/slots/a/x', '');
  const found = await probe();
  expect([...found.environments.values()]).toMatchObject([
    { name: 'half-done', complete: false, appliedDigest: null },
  ]);
});

it('survives a record that is not JSON, and ignores invalid names', async () => {
  put('/etc/pressluft/environments/broken.json', '{');
  put('/etc/pressluft/environments/..evil.json', '{}');
  const found = await probe();
  expect(found.raw.errors).toEqual(['/etc/pressluft/environments/broken.json: not JSON']);
  expect([...found.environments.keys()]).toEqual(['broken']);
});
