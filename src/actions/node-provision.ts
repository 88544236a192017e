import { serviceMemory } from '../fleet/capacity.ts';
import type { AptSource } from '../fleet/config.ts';
import type { DesiredNode } from '../fleet/desired.ts';
import type { Json } from '../fleet/digest.ts';
import { nodeTask, pinnedWpCli, withoutUrls } from '../fleet/environment-task.ts';
import type { Action } from '../fleet/plan.ts';
import { type ActionContext, step } from './context.ts';
import { alone, defineAction } from './define-action.ts';
import { desiredNode } from './desired-of.ts';
import { probeNode } from './probe-node.ts';
import { reach } from './reach-node.ts';
import { runPlaybook } from './run-playbook.ts';

const provisionTimeoutMs = 30 * 60_000;

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'node.provision': null;
  }
}

export const nodeProvision = defineAction({
  kind: 'node.provision',
  rank: 1,
  batchKey: null,
  effect: 'changes',
  risk: 'restart',
  assumedSeconds: 60,
  run: alone(async (context, action) => ({
    changed: await provisionNode(context, action, desiredNode(context, action)),
    output: null,
  })),
});

/** Provisions a reachable node for environments; true when that changed something. */
async function provisionNode(context: ActionContext, action: Action, node: DesiredNode): Promise<boolean> {
  const { config } = context.desired;
  const { address, ipv4 } = reach(context, node.name);
  const { facts } = await step(context, node.ref, 'probe', () =>
    probeNode(context.deps, address, context.waitSignal),
  );
  const wpCli = pinnedWpCli(config.artifacts);
  const task = nodeTask(node, config.fleet, config.phpAptSource, wpCli);
  const { wp_cli: _, php_apt_source: source, ...described } = task;
  const outcome = await runPlaybook(context, {
    playbook: 'node-provision',
    node: node.name,
    address,
    vars: {
      pressluft_node: {
        ...described,
        php_apt_source: aptSource(source),
        address: ipv4,
        spec: withoutUrls(task) as Json,
        digest: action.desiredDigest,
        ssh_user: address.user,
        tuning: tuning(facts.memoryMib),
      },
      pressluft_artifacts: { wp_cli: wpCli as Json },
    },
    resource: node.ref,
    timeoutMs: provisionTimeoutMs,
  });
  return outcome.stats.changed > 0;
}

function aptSource(source: AptSource | null): Json {
  if (source === null) return null;
  const { uri, suite, components, keyUrl, keySha256 } = source;
  return { uri, suite, components: components.join(' '), key_url: keyUrl, key_sha256: keySha256 };
}

/** Sizes of the node's services; the capacity checks use the same numbers. */
export function tuning(memoryMib: number) {
  return { innodb_buffer_pool_mib: serviceMemory(memoryMib).innodbBufferPoolMib };
}
