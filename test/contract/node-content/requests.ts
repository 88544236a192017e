import { tuning } from '../../../src/actions/node-provision.ts';
import type { NodeName } from '../../../src/fleet/brand.ts';
import type { Artifact } from '../../../src/fleet/config.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { digestOf, type Json } from '../../../src/fleet/digest.ts';
import { environmentTask, nodeTask, taskDigest, withoutUrls } from '../../../src/fleet/environment-task.ts';
import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { MachineAddress } from '../../../src/ports/machine.ts';
import { desiredEnvironment, hetznerNode, testFleet } from '../../support/fleet-builders.ts';

export interface Place {
  readonly address: MachineAddress;
  readonly wordpress: Artifact & { readonly version: string };
  readonly wpCli: Artifact & { readonly version: string };
}

const node = 'web-1' as NodeName;
const contentVersion = 'content-1';
const memoryMib = 2048;

/** The controller's request to Ansible for provisioning a node. */
export function provisionRequest({ address, wpCli }: Place): AnsibleRequest {
  const task = nodeTask({ ...hetznerNode(node), timezone: 'Etc/UTC' }, testFleet, null, wpCli);
  const { wp_cli: _, ...described } = task;
  return {
    playbook: 'node-provision',
    host: node,
    address,
    vars: {
      pressluft_node: {
        ...described,
        address: address.host,
        spec: withoutUrls(task) as Json,
        digest: digestOf({ contentVersion, task }, 'url'),
        ssh_user: address.user,
        tuning: tuning(memoryMib),
      } as unknown as Json,
      pressluft_artifacts: { wp_cli: wpCli as unknown as Json },
    },
    timeoutMs: 900_000,
  };
}

/** A small environment without a cache; tests add the fields that they need. */
export function described(
  place: Place,
  name: string,
  more: Partial<DesiredEnvironment> = {},
): DesiredEnvironment {
  const { version, url, sha256 } = place.wordpress;
  const base = desiredEnvironment(name);
  const wordpress = { ...base.wordpress, version, core: { url, sha256 } };
  return { ...base, domains: { primary: null, aliases: [], redirects: [] }, wordpress, ...more };
}

export function convergeRequest(
  { address }: Place,
  environments: readonly DesiredEnvironment[],
  more: Partial<AnsibleRequest> = {},
): AnsibleRequest {
  const tasks = environments.map((environment) => {
    const task = environmentTask(environment, address.host, 'preview.example');
    return { ...task, digest: taskDigest(task, contentVersion), spec: withoutUrls(task) };
  });
  return {
    playbook: 'environment-converge',
    host: node,
    address,
    vars: {
      pressluft_environments: tasks as unknown as Json,
      pressluft_node: { name: node, address: address.host },
    },
    timeoutMs: 600_000,
    ...more,
  };
}

/** A deletion as the planner requests it, with all names of the environment's objects. */
export function deleteRequest(
  { address }: Place,
  environments: readonly DesiredEnvironment[],
  policy: 'retain' | 'delete',
  more: Partial<AnsibleRequest> = {},
): AnsibleRequest {
  const tasks = environments.map((environment) => {
    const { name, uid, unix_user, database, database_user, redis_user, redis_prefix } = environmentTask(
      environment,
      address.host,
      'preview.example',
    );
    return { name, uid, policy, unix_user, database, database_user, redis_user, redis_prefix };
  });
  return {
    playbook: 'environment-delete',
    host: node,
    address,
    vars: { pressluft_delete: tasks as unknown as Json },
    timeoutMs: 600_000,
    ...more,
  };
}
