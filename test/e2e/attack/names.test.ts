import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet } from '../../../scripts/demo/http-get.ts';
import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { environmentNames } from '../../../src/fleet/naming.ts';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { environment, smallFleet } from '../../support/small-fleet.ts';
import { onNode } from '../../support/ssh.ts';

const label = 'a'.repeat(60);
/** Longer than a bucket of nginx by default. */
const longDomain = `${label}.${label}.${label}.example`;
const longName = 'acme-international-shop-production-europe-central-frankfurt1' as EnvironmentName;

describe('the names of an environment', () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let ipv4: string;

  beforeAll(async () => {
    test = await testLab('e2enames');
    const files = smallFleet(test.lab.mirror.catalogue, { nodes: { alpha: ['one'] } });
    files['environments/long.yaml'] = environment(longName, 'alpha', { domains: { primary: longDomain } });
    fleet = await createFleet(test.lab, files);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    const { details } = (await fleet.status('node/alpha')) as { details: { ipv4: string } };
    ipv4 = details.ipv4;
  });
  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  it('may be as long as a manifest can write them', async () => {
    const { unixUser, database } = environmentNames(longName);
    expect(
      await onNode(fleet.stateDir, ipv4, `id -un ${unixUser}; mariadb -N -e 'SHOW DATABASES'`),
    ).toContain(`${unixUser}\n`);
    expect(await onNode(fleet.stateDir, ipv4, `mariadb -N -e 'SHOW DATABASES'`)).toContain(database);
    expect((await httpGet(ipv4, longDomain, '/')).status).toBe(200);
  });

  it('are not had by another one: neither its domain nor its preview host', async () => {
    const preview = `one.${ipv4.replaceAll('.', '-')}.sslip.io`;
    const thief = (primary: string) => environment('thief', 'alpha', { domains: { primary } });
    await fleet.commit({ 'environments/thief.yaml': thief(preview) }, 'a preview host of another one');
    const refused = await fleet.pressluft(['reconcile']);
    expect(`${refused.stdout}${refused.stderr}`).toContain('PL1140');
    await fleet.commit({ 'environments/thief.yaml': thief(longDomain) }, 'a domain of another one');
    const blocked = await fleet.pressluft(['reconcile']);
    expect(`${blocked.stdout}${blocked.stderr}`).toContain(`belongs to environment/${longName}`);
    const sites = await onNode(fleet.stateDir, ipv4, 'ls /etc/nginx/pressluft/sites');
    expect(sites.trim().split('\n').sort()).toEqual([`${longName}.conf`, 'one.conf']);
    expect((await httpGet(ipv4, preview, '/')).status).toBe(200);
    expect((await httpGet(ipv4, longDomain, '/')).status).toBe(200);
  });
});
