import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../../src/fleet/digest.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import { finish } from '../../support/e2e-fleet.ts';

/**
 * A person with the playbooks, the same virtualenv and the same ansible.cfg: `ansible-playbook` on the command line, an inventory and a
 * variables file prepared beforehand, and a separate kept SSH connection, as ansible.cfg configures.
 */
export interface ByHand {
  /** Writes inventory and variables; resolves with a function that runs the playbook and returns its wall time in ms. Throws when a run fails. */
  prepare(request: AnsibleRequest, vars: Readonly<Record<string, Json>>): Promise<() => Promise<HandRun>>;
  end(): Promise<void>;
}

export interface HandRun {
  readonly durationMs: number;
  readonly stdout: string;
}

export async function createByHand(privateKeyPath: string): Promise<ByHand> {
  const home = await mkdtemp(join(tmpdir(), 'pressluft-hand-'));
  await mkdir(join(home, '.ssh'), { mode: 0o700 });
  const venv = join(ansibleVenv(process.env), 'bin');
  const env = {
    PATH: `${venv}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: join(ansibleRoot, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
  };
  let count = 0;
  return {
    prepare: async ({ playbook, host, address }, vars) => {
      count += 1;
      const inventory = join(home, `inventory-${count}.yml`);
      const variables = join(home, `vars-${count}.json`);
      const knownHosts = join(home, '.ssh', 'known_hosts');
      await writeFile(knownHosts, address.hostKeys.map((key) => `${address.host} ${key}\n`).join(''));
      const connection = {
        ansible_host: address.host,
        ansible_port: address.port,
        ansible_user: address.user,
        ansible_ssh_private_key_file: privateKeyPath,
        ansible_ssh_common_args: `-F /dev/null -o UserKnownHostsFile=${knownHosts}`,
      };
      await writeFile(inventory, JSON.stringify({ all: { hosts: { [host]: connection } } }));
      await writeFile(variables, JSON.stringify(vars));
      const args = [
        '-i',
        inventory,
        '-e',
        `@${variables}`,
        join(ansibleRoot, 'playbooks', `${playbook}.yml`),
      ];
      return async () => {
        const child = spawn(join(venv, 'ansible-playbook'), args, {
          cwd: home,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const { code, stdout, stderr, durationMs } = await finish(child, 900_000);
        if (code !== 0)
          throw new Error(`ansible-playbook ended with ${code}: ${stderr}${stdout}`.slice(0, 4000));
        return { durationMs, stdout };
      };
    },
    // Kept connections live in ~/.ansible/cp and end by themselves a minute later.
    end: () => rm(home, { recursive: true, force: true }),
  };
}
