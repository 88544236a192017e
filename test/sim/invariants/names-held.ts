import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { uidOf } from '../../../src/fleet/naming.ts';
import type { Action, Plan } from '../../../src/fleet/plan.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import { liveHosts } from '../machines/claims.ts';
import { environmentFile, fleetName } from '../workload/fleet-model.ts';
import { isApproved } from '../world/accept-loss.ts';
import { machineOf } from '../world/where.ts';
import type { World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** No environment serves or uses a name that another one holds, and data stay with their site. */
export function namesHeld(): Checker {
  const name = 'names and data stay with the environment and the site that hold them';
  const mutated = newIn(({ machines }) => machines.audit.mutations);
  /** Every environment that had a domain applied, by domain. */
  const holders = new Map<string, Set<string>>();
  const siteOf = new Map<string, string>();
  const handedOver = new Set<string>();
  return {
    name,
    step: (world) => {
      for (const said of world.said) {
        if (said.kind !== 'progress') continue;
        if (said.event.kind === 'planned') {
          const contested = appliesContested(world, said.event.plan, holders);
          if (contested !== null) throw new Violation(name, contested);
          for (const action of said.event.plan.actions) {
            const isHandedOver = action.changes.some(({ field }) => field === 'site');
            if (action.reason !== 'SiteDiffers' && !(action.reason === 'DataMissing' && isHandedOver))
              continue;
            if (!isApproved(world, action))
              throw new Violation(name, `${action.id} hands data to another site, and nobody approved it`);
            handedOver.add(environmentOf(action));
          }
        }
      }
      const hosts = new Set(mutated(world).map(({ host }) => host));
      for (const host of hosts) {
        const machine = world.machines.get(host);
        const seen = new Map<string, string>();
        for (const [environment, { preview, written }] of liveHosts(machine)) {
          for (const served of [preview, ...written]) {
            const other = seen.get(served);
            if (other !== undefined)
              throw new Violation(name, `${other} and ${environment} both serve ${served} on ${host}`);
            seen.set(served, environment);
          }
        }
        for (const { name: environment, record, database } of machine.slots.values()) {
          const key = `${host} ${environment}`;
          if (record?.uid !== uidOf(fleetName, resourceRef('Environment', environment as EnvironmentName))) {
            if (record === null && !database) siteOf.delete(key);
            continue;
          }
          const { primary } = (record.spec?.hosts ?? {}) as { readonly primary?: string | null };
          if (primary != null && record.retained !== true)
            holders.set(primary, (holders.get(primary) ?? new Set()).add(environment));
          const site = record.spec?.site;
          const before = siteOf.get(key);
          if (typeof site !== 'string') continue;
          if (before !== undefined && before !== site && !handedOver.has(environment))
            throw new Violation(name, `${environment} serves the data of ${before} as ${site}`);
          siteOf.set(key, site);
        }
      }
    },
  };
}

/** An action that applies a domain which another environment of the same commit claims, and which its own has never had. */
function appliesContested(
  world: World,
  plan: Plan,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
): string | null {
  const fleet = world.meant.get(plan.commit)?.fleet;
  if (fleet === undefined) return null;
  for (const action of plan.actions) {
    if (!applies.has(action.kind)) continue;
    const own = environmentOf(action);
    const model = fleet.environments.get(own);
    if (fleet.broken.has(environmentFile(own))) return `${action.id} applies a manifest that is refused`;
    if (model?.domain == null || holders.get(model.domain)?.has(own) === true) continue;
    const machine = machineOf(world, model.node);
    if (machine?.slots.get(own)?.record?.retained === true) continue;
    const rival = [...fleet.environments].find(
      ([other, { domain }]) =>
        other !== own && domain === model.domain && !fleet.broken.has(environmentFile(other)),
    );
    if (rival !== undefined) return `${action.id} applies ${model.domain}, which ${rival[0]} claims as well`;
  }
  return null;
}

const applies: ReadonlySet<string> = new Set([
  'environment.converge',
  'environment.start',
  'environment.stop',
]);

function environmentOf({ target }: Action): string {
  return target.kind === 'environment' ? target.environment : '';
}
