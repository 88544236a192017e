import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { httpGet } from '../../scripts/demo/http-get.ts';
import { createFleet, type E2eFleet } from '../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../support/e2e-lab.ts';
import { environment, manifest, smallFleet } from '../support/small-fleet.ts';
import { onNode } from '../support/ssh.ts';

const exec = promisify(execFile);

describe.each([
  // No packages are preinstalled: provisioning installs them from the Debian archive.
  { kind: 'bare', warmImage: false },
  { kind: 'warm', warmImage: true },
])('nodes on $kind machines', ({ kind, warmImage }) => {
  let test: TestLab;
  let fleet: E2eFleet;
  let shelf = '';

  const details = async (ref: string) => ((await fleet.status(ref))?.details ?? {}) as Record<string, string>;

  beforeAll(async () => {
    test = await testLab(`e2e${kind}`, { warmImage });
    fleet = await createFleet(
      test.lab,
      smallFleet(test.lab.mirror.catalogue, { nodes: { bare: ['first'] }, deletionPolicy: 'delete' }),
    );
  });
  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  it('a new server is provisioned and runs a site', async () => {
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    expect(await fleet.ready('environment/first')).toBe('True Converged');
  });

  it('the node is hardened: key-only SSH without root, a firewall, and the metadata address for root only', async () => {
    const { ipv4 = '' } = await details('node/bare');
    const sshd = await onNode(fleet.stateDir, ipv4, 'sshd -T');
    expect(sshd).toMatch(/^permitrootlogin no$/m);
    expect(sshd).toMatch(/^passwordauthentication no$/m);
    expect(await onNode(fleet.stateDir, ipv4, 'nft list ruleset')).toContain('169.254.169.254');
    const metadata =
      'curl -s -m 3 -o /dev/null -w "%{http_code}" http://169.254.169.254/hetzner/v1/metadata || true';
    expect(await onNode(fleet.stateDir, ipv4, metadata)).toBe('200');
    expect(
      await onNode(fleet.stateDir, ipv4, `setpriv --reuid pl-first --clear-groups sh -c '${metadata}'`),
    ).toBe('000');
  });

  it.runIf(warmImage)('a static host with a pinned key runs environments like any other node', async () => {
    const identity = join(fleet.stateDir, 'ssh', 'id_ed25519.pub');
    const publicKey = (await readFile(identity, 'utf8')).trim();
    const scratch = join(fleet.stateDir, '..', 'static');
    await mkdir(scratch);
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(scratch, 'host')]);
    const hostKey = (await readFile(join(scratch, 'host.pub'), 'utf8')).trim();
    const machine = await test.lab.machines.create({
      id: 900,
      name: 'shelf',
      image: 'debian-12',
      cores: 2,
      memoryMib: 4096,
      diskGib: 40,
      sshAuthorizedKeys: [],
      userData: `#cloud-config\n${stringify({
        ssh_deletekeys: true,
        ssh_keys: {
          ed25519_private: await readFile(join(scratch, 'host'), 'utf8'),
          ed25519_public: hostKey,
        },
        users: [
          {
            name: 'admin',
            shell: '/bin/bash',
            sudo: 'ALL=(ALL) NOPASSWD:ALL',
            ssh_authorized_keys: [publicKey],
          },
        ],
      })}`,
    });
    shelf = machine.ipv4;
    await fleet.commit(
      {
        'shelf/provider.yaml': manifest('Provider', 'own', { type: 'static' }),
        'shelf/node.yaml': manifest('Node', 'shelf', {
          provider: 'own',
          address: machine.ipv4,
          user: 'admin',
          hostKey,
        }),
        'shelf/environment.yaml': environment('second', 'shelf'),
      },
      'feat: a machine of our own',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    const { previewUrl = '' } = await details('environment/second');
    expect((await httpGet(machine.ipv4, new URL(previewUrl).host)).status).toBe(200);
  });

  it.runIf(warmImage)('another host key is refused before anything is sent', async () => {
    const other = join(fleet.stateDir, '..', 'static', 'other');
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', other]);
    const hostKey = (await readFile(`${other}.pub`, 'utf8')).trim();
    const spec = { provider: 'own', address: shelf, user: 'admin', hostKey };
    const commit = await fleet.commit(
      { 'shelf/node.yaml': manifest('Node', 'shelf', spec) },
      'test: a wrong key',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code, 'a person must find out why').toBe(6);
    expect(JSON.stringify(await fleet.status('node/shelf'))).toContain('host key');
    expect(await fleet.ready('environment/first')).toBe('True Converged');
    await fleet.revert(commit);
  });

  it.runIf(warmImage)('a node is deleted only once nothing is left on it', async () => {
    await fleet.commit({ 'nodes/bare.yaml': null }, 'test: remove the node alone');
    const refused = await fleet.pressluft(['reconcile']);
    expect(refused.code, refused.stdout).not.toBe(0);
    expect(test.lab.api.servers()).toHaveLength(1);

    await fleet.commit({ 'environments/first.yaml': null }, 'chore: the environment goes too');
    const blocked = await fleet.pressluft(['reconcile']);
    expect(blocked.code, 'two of five deletions are over the budget').toBe(6);
    expect(test.lab.api.servers()).toHaveLength(1);

    await fleet.edit(
      'pressluft.yaml',
      /^spec:$/m,
      'spec:\n  deletionBudget: { maxCount: 3, maxPercent: 100 }',
      'chore: we mean it',
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    expect(test.lab.api.servers()).toHaveLength(0);
    expect(await fleet.status('node/bare')).toBeUndefined();
    expect(await fleet.status('environment/first')).toBeUndefined();
    expect(await fleet.ready('environment/second')).toBe('True Converged');
  });
});
