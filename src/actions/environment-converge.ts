import type { Json } from '../fleet/digest.ts';
import { environmentTask, taskDigest, withoutUrls } from '../fleet/environment-task.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { ActionContext } from './context.ts';
import { type Batch, defineAction, type Outcomes } from './define-action.ts';
import { desiredEnvironment } from './desired-of.ts';
import { rememberInterrupted } from './interrupted.ts';
import { outcomesOf } from './playbook-outcomes.ts';
import { reach } from './reach-node.ts';
import { environmentsTimeoutMs, runPlaybook } from './run-playbook.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.converge': null;
  }
}

export const environmentConverge = defineAction({
  kind: 'environment.converge',
  rank: 5,
  batchKey: 'converge',
  effect: 'changes',
  // The changed fields decide.
  risk: 'none',
  assumedSeconds: 10,
  run: convergeEnvironments,
});

/** Converges any number of environments of one node in one Ansible run; each succeeds or fails on its own. */
export async function convergeEnvironments(
  context: ActionContext,
  { node, actions }: Batch,
): Promise<Outcomes<null>> {
  const environments = actions.map((action) => desiredEnvironment(context, action));
  const { ipv4, address } = reach(context, node);
  const { config } = context.desired;
  const contentVersion = await context.deps.ansible.contentVersion();
  const accepted = new Set(
    actions.filter(({ reason }) => reason === 'DataMissing').map(({ resource }) => resource),
  );
  const tasks = environments.map((environment) => {
    const task = environmentTask(environment, ipv4, config.previewDomain);
    // A decision about one converge: no part of the task that is compared and recorded.
    const decision = accepted.has(environment.ref) ? { accept_loss: true } : {};
    return { ...task, ...decision, digest: taskDigest(task, contentVersion), spec: withoutUrls(task) };
  });
  for (const { uid } of environments) rememberInterrupted(context.deps.store, uid, node);
  const outcome = await runPlaybook(context, {
    playbook: 'environment-converge',
    node,
    address,
    vars: { pressluft_environments: tasks as unknown as Json, pressluft_node: { name: node, address: ipv4 } },
    resource: resourceRef('Node', node),
    environments: new Set(environments.map(({ name }) => name)),
    timeoutMs: environmentsTimeoutMs(environments.length),
  });
  return outcomesOf(
    context,
    environments.map(({ ref }) => ref),
    outcome,
  );
}
