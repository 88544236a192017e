import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeNode } from '../../../src/actions/probe-node.ts';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import type { Json } from '../../../src/fleet/digest.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { canRunMachines } from '../machine/lab-machine.ts';
import { type LabWorld, labWorld } from './lab-world.ts';
import { convergeRequest, described, provisionRequest } from './requests.ts';

const uploads = '/srv/pressluft/acme/shared/uploads';
const kept = '/root/acme.sql';

/** Data that people removed on a node by hand: seen, and never replaced by something empty unless that is accepted. */
describe.skipIf(!canRunMachines)('data that is gone from a real machine', { timeout: 300_000 }, () => {
  let test: TestLab;
  let world: LabWorld;
  let acme: DesiredEnvironment;
  beforeAll(async () => {
    await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
    test = await testLab('lostdata');
    world = await labWorld(test);
    expect((await world.ansible.run(provisionRequest(world))).failure).toBeNull();
    // With an object cache, which still has the options of a WordPress that is gone.
    acme = described(world, 'acme', { cache: { object: 'redis', memoryMib: 64 } });
    expect(await converge(acme)).toEqual({ acme: 'changed', shop: 'changed' });
    await world.asRoot(
      `mariadb pl_acme -e "UPDATE wp_posts SET post_title='Ours' WHERE ID=1"; mariadb-dump --databases pl_acme > ${kept}; echo x > ${uploads}/photo.txt`,
    );
  }, 900_000);
  afterAll(async () => {
    await world?.close();
    await test?.end();
  });

  /** Ends of a converge together with a neighbour. */
  async function converge(wanted: DesiredEnvironment, more: Readonly<Record<string, Json>> = {}) {
    const request = convergeRequest(world, [wanted, described(world, 'shop')]);
    const [task, neighbour] = request.vars.pressluft_environments as readonly Record<string, Json>[];
    const pressluft_environments = [{ ...task, ...more }, neighbour] as unknown as Json;
    const { environments } = await world.ansible.run({
      ...request,
      vars: { ...request.vars, pressluft_environments },
    });
    return Object.fromEntries(
      [...environments].map(([name, { status, error }]) => [name, error?.code ?? status]),
    );
  }

  async function missing() {
    const deps = { ...world, machines: world.shell, secrets: { redact: (text: string) => text } };
    const { environments } = await probeNode(deps, world.address, new AbortController().signal);
    expect(environments.get('shop' as EnvironmentName)?.missingData).toBeUndefined();
    return environments.get('acme' as EnvironmentName)?.missingData ?? [];
  }

  const sql = async (statement: string) =>
    (await world.asRoot(`mariadb -N -B <<'SQL'\n${statement}\nSQL\n`)).trim();
  const state = () =>
    world.asRoot(
      `mariadb -N -B -e "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema='pl_acme'; SHOW DATABASES"; find /srv/pressluft/acme -not -path '*/logs/*' -not -path '*/tmp' -not -path '*/tmp/*' -printf '%p %C@\\n' | sort; sha256sum /etc/pressluft/*/acme.json`,
    );

  it.each<[string, string]>([
    ['DROP DATABASE', 'DROP DATABASE pl_acme'],
    ['DROP DATABASE and DROP USER', "DROP DATABASE pl_acme; DROP USER 'pl_acme'@'localhost'"],
    ['DROP TABLE of the options', 'DROP TABLE pl_acme.wp_options'],
    ['TRUNCATE of the users', 'TRUNCATE pl_acme.wp_users'],
  ])('%s: is reported, changes nothing by a converge, and is repaired by an import', async (_, statement) => {
    await sql(statement);
    expect(await missing()).toEqual(['database']);
    const before = await state();
    expect(await converge({ ...acme, title: 'Another' })).toEqual({ acme: 'data_missing', shop: 'ok' });
    expect(await converge(acme)).toEqual({ acme: 'data_missing', shop: 'ok' });
    expect(await state()).toBe(before);
    await world.asRoot(`mariadb < ${kept}`);
    // A user that is gone is made again by the converge; until then nobody can say whether there are rows.
    expect(await missing()).toEqual([]);
    expect(await converge(acme)).toMatchObject({ acme: expect.stringMatching(/^(ok|changed)$/) });
    expect(await sql('SELECT post_title FROM pl_acme.wp_posts WHERE ID=1')).toBe('Ours');
  });

  it('uploads that were removed are reported and not replaced by an empty directory', async () => {
    await world.asRoot(`mv ${uploads} /root/uploads`);
    expect(await missing()).toEqual(['uploads']);
    expect(await converge(acme)).toEqual({ acme: 'data_missing', shop: 'ok' });
    await world.asRoot(`test ! -e ${uploads}; mv /root/uploads ${uploads}`);
    expect(await missing()).toEqual([]);
    expect(await converge(acme)).toEqual({ acme: 'ok', shop: 'ok' });
  });

  it('an empty site takes their place once that is accepted', async () => {
    await sql('DROP DATABASE pl_acme');
    await world.asRoot(`rm -r ${uploads}`);
    expect(await missing()).toEqual(['database', 'uploads']);
    expect(await converge(acme, { accept_loss: true })).toEqual({ acme: 'changed', shop: 'ok' });
    expect(await missing()).toEqual([]);
    expect(await sql('SELECT post_title FROM pl_acme.wp_posts WHERE ID=1')).toBe('Hello world!');
    expect(await world.asRoot('cat /etc/pressluft/environments/acme.json')).not.toContain('accept_loss');
    expect(await converge(acme)).toEqual({ acme: 'ok', shop: 'ok' });
  });
});
