import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, wordpressVersionIn } from '../../scripts/demo/http-get.ts';
import { createFleet, type E2eFleet } from '../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../support/e2e-lab.ts';
import { onNode } from '../support/ssh.ts';

const names = [
  'acme-production',
  'acme-staging',
  'bakery-development',
  'bakery-production',
  'club-production',
  'club-staging',
];

describe('the loop, with example-repo on real machines', () => {
  let test: TestLab;
  let fleet: E2eFleet;
  const addresses = new Map<string, string>();

  const details = async (ref: string) => (await fleet.status(ref))?.details as Record<string, unknown>;

  beforeAll(async () => {
    test = await testLab('e2eloop');
    fleet = await createFleet(test.lab);
  });

  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  it('turns a commit into servers and servers into working sites', async () => {
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    for (const name of names) expect(await fleet.ready(`environment/${name}`), name).toBe('True Converged');
    for (const node of ['web-1', 'web-2']) {
      expect(await fleet.ready(`node/${node}`)).toBe('True Provisioned');
      addresses.set(node, String((await details(`node/${node}`)).ipv4));
    }
    expect(await fleet.ready('provider/hetzner')).toBe('True Connected');
    expect(test.lab.api.servers()).toHaveLength(2);
  });

  it('serves every environment with the WordPress version of its manifest', async () => {
    for (const name of names) {
      const status = await fleet.status(`environment/${name}`);
      const { url, previewUrl } = (status?.details ?? {}) as Record<string, string>;
      const address = addresses.get(String(status?.node)) ?? '';
      for (const place of [url, previewUrl]) {
        const answer = await httpGet(address, new URL(place ?? '').host);
        if (answer.status === 401) continue;
        expect(answer.status, `${name} at ${place}`).toBe(200);
        expect(wordpressVersionIn(answer.body), `${name} at ${place}`).toBe('7.1.1');
      }
    }
  });

  it('changes nothing in a second pass: no run, no commit, one SSH round trip for each node', async () => {
    const before = await fleet.statusCommits();
    const pass = await fleet.pressluft(['reconcile', '--format', 'json']);
    expect(pass.code, pass.stderr).toBe(0);
    expect(JSON.parse(pass.stdout)).toMatchObject({ results: [] });
    expect(await fleet.statusCommits()).toEqual(before);
    const plan = await fleet.pressluft(['plan', '--detailed-exitcode']);
    expect(plan.code, plan.stdout + plan.stderr).toBe(0);
  });

  it('changes nothing on the nodes even when everything is applied again', async () => {
    const pass = await fleet.pressluft(['reconcile', '--force', '--format', 'json']);
    expect(pass.code, pass.stderr).toBe(0);
    const { results } = JSON.parse(pass.stdout) as {
      results: { action: string; outcome: string; changed: boolean }[];
    };
    expect(results).toHaveLength(2 + names.length);
    expect(results.filter((result) => result.changed || result.outcome !== 'succeeded')).toEqual([]);
  });

  it('applies the change of a commit, and git revert restores the previous state', async () => {
    const before = await fleet.status('environment/acme-production');
    const plain = fleet.commit;
    const file = 'sites/acme/production.yaml';
    const text = await fleet.read(file);
    const changed = text
      .replace('memoryLimit: 384M', 'memoryLimit: 512M')
      .replace('primary: acme.example', 'primary: shop.acme.example');
    const commit = await plain({ [file]: changed }, 'feat(acme): new name, more memory');
    const plan = await fleet.pressluft(['plan']);
    expect(plan.stdout).toContain('memory_limit');
    expect(plan.stdout).toContain(`${file}:`);

    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    const address = addresses.get('web-1') ?? '';
    const pool = 'cat /etc/pressluft-php/acme-production.conf';
    expect(await onNode(fleet.stateDir, address, pool)).toContain('512M');
    expect((await httpGet(address, 'shop.acme.example')).status).toBe(200);
    expect((await details('environment/acme-production')).url).toBe('http://shop.acme.example/');

    await fleet.revert(commit);
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    expect(await onNode(fleet.stateDir, address, pool)).toContain('384M');
    expect((await httpGet(address, 'acme.example')).status).toBe(200);
    expect((await fleet.status('environment/acme-production'))?.appliedDigest).toBe(before?.appliedDigest);
  });

  it('commits results with their revision and run, and never a secret', async () => {
    const log = await fleet.git('log', '--format=%B', 'origin/pressluft/status');
    expect(log).toMatch(/^Pressluft-Source-Revision: [0-9a-f]{40}$/m);
    expect(log).toMatch(/^Pressluft-Run: /m);
    const everything = await fleet.git('log', '-p', 'origin/pressluft/status');
    const secrets = [test.lab.description.cloud.token, test.lab.description.git.password];
    for (const secret of secrets) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
    }
    expect(everything).not.toContain('PRIVATE KEY');
  });

  it('repairs changes by hand on a node', async () => {
    const address = addresses.get('web-1') ?? '';
    const vhost = '/etc/nginx/pressluft/sites/acme-production.conf';
    const original = await onNode(fleet.stateDir, address, `cat ${vhost}`);
    await onNode(fleet.stateDir, address, `echo '# by hand' >> ${vhost}`);
    const plan = await fleet.pressluft(['plan']);
    expect(plan.stdout).toContain('Drifted');
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    expect(await onNode(fleet.stateDir, address, `cat ${vhost}`)).toBe(original);
  });

  it('runs wp-cli as the user of the environment', async () => {
    const version = await fleet.pressluft(['wp', 'acme-production', '--', 'core', 'version']);
    expect(version.code, version.stderr).toBe(0);
    expect(version.stdout.trim()).toBe('7.1.1');
    expect((await fleet.pressluft(['wp', 'nobody', '--', 'core', 'version'])).code).toBe(2);
  });

  it('stops an environment, keeps its data, and starts it again', async () => {
    const file = 'sites/club/environments/staging.yaml';
    const stopped = await fleet.edit(file, /^spec:$/m, 'spec:\n  state: stopped', 'chore(club): rest');
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    expect(await fleet.ready('environment/club-staging')).toBe('True Stopped');
    const status = await fleet.status('environment/club-staging');
    const { previewUrl } = (status?.details ?? {}) as Record<string, string>;
    const address = addresses.get(String(status?.node)) ?? '';
    expect((await httpGet(address, new URL(previewUrl ?? '').host)).status).toBe(503);
    await fleet.revert(stopped);
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    expect(await fleet.ready('environment/club-staging')).toBe('True Converged');
  });
});
