import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { ownerLabels, uidOf } from '../fleet/naming.ts';
import { firewallName, firewallRules } from '../fleet/provider-firewall.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { Cloud, CloudFirewall } from '../ports/cloud.ts';
import { type ActionContext, step } from './context.ts';
import { alone, defineAction } from './define-action.ts';
import { desiredNode } from './desired-of.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'node.firewall': null;
  }
}

export const nodeFirewall = defineAction({
  kind: 'node.firewall',
  rank: 0,
  batchKey: null,
  effect: 'changes',
  risk: 'none',
  assumedSeconds: 5,
  run: alone(async (context, action) => {
    const node = desiredNode(context, action);
    const provider = context.desired.providers.get(node.provider);
    if (provider?.machines !== 'acquired')
      throw new PressluftError(errors.internal, `${action.id}: its provider has no firewalls`);
    const cloud = await context.deps.cloud(provider);
    const firewall = await step(context, node.ref, 'firewall', () =>
      providerFirewall(context, cloud, provider),
    );
    await step(context, node.ref, 'attach-firewall', async () => {
      const server = (await cloud.listServers(context.desired.config.fleet, context.waitSignal)).find(
        ({ uid }) => uid === node.uid,
      );
      if (server !== undefined) await cloud.applyFirewall(firewall.id, server.id, context.waitSignal);
    });
    return { changed: true, output: null };
  }),
});

/** The firewall of all nodes of a provider, as described; once in a pass. */
export function providerFirewall(
  context: ActionContext,
  cloud: Cloud,
  provider: DesiredCloudProvider,
): Promise<CloudFirewall> {
  const name = firewallName(context.desired.config.fleet, provider);
  return context.once(`firewall/${provider.name}`, () =>
    cloud.ensureFirewall(
      name,
      firewallRules(provider),
      providerLabels(context, provider),
      context.waitSignal,
    ),
  );
}

/** Labels of what all nodes of a provider share. */
export function providerLabels({ desired }: ActionContext, provider: DesiredCloudProvider) {
  const { fleet } = desired.config;
  const ref = resourceRef('Provider', provider.name);
  return ownerLabels(fleet, ref, uidOf(fleet, ref));
}

/** Name of the controller's SSH key at a provider. */
export function controllerKeyName(fleet: string): string {
  return `${fleet}-pressluft`;
}
