import { siteFile } from './layout.ts';
import type { SimMachine, SiteHosts } from './machine.ts';
import type { Wanted } from './module.ts';

const kinds = ['unix_user', 'database', 'database_user', 'redis_user', 'redis_prefix'] as const;

/** See `ansible/module_utils/pressluft/claims.py`: the names that environments of a run claim and others hold. */
export function takenNames(machine: SimMachine, all: readonly Wanted[]): ReadonlyMap<string, string> {
  const wanted = new Map(all.map((environment) => [environment.name, hostsOf(environment)]));
  const others = new Map([...liveHosts(machine), ...wanted]);
  const refused = new Map<string, string>();
  for (const environment of all) {
    const message = takenHost(machine, environment, others) ?? takenName(machine, environment, all);
    if (message !== null) refused.set(environment.name, message);
  }
  return refused;
}

function takenHost(
  machine: SimMachine,
  { name, hosts }: Wanted,
  others: ReadonlyMap<string, SiteHosts>,
): string | null {
  const live = hostsLive(machine, name);
  for (const host of hostsOf({ hosts }).written) {
    for (const [other, { preview, written }] of others) {
      if (other === name || !(host === preview || written.includes(host))) continue;
      const isOwn = live !== null && (host === live.preview || live.written.includes(host));
      if (host === preview || !isOwn) return `host name ${host} belongs to environment ${other} on this node`;
    }
  }
  return null;
}

function takenName(machine: SimMachine, environment: Wanted, all: readonly Wanted[]): string | null {
  const own = machine.slots.get(environment.name)?.record?.spec;
  const recorded = [...machine.slots.values()].flatMap(({ name, record }) =>
    record?.spec === undefined || all.some((other) => other.name === name)
      ? []
      : [{ name, spec: record.spec }],
  );
  const others = [...recorded, ...all.map((other) => ({ name: other.name, spec: other }))];
  for (const kind of kinds) {
    for (const { name, spec } of others) {
      if (name === environment.name || spec[kind] !== environment[kind]) continue;
      if (own?.[kind] !== environment[kind])
        return `${kind} ${environment[kind]} belongs to environment ${name} on this node`;
    }
  }
  return null;
}

export function hostsOf({ hosts }: Pick<Wanted, 'hosts'>): SiteHosts {
  const redirected = hosts.redirects.map(({ from }) => from).filter((from) => !from.startsWith('/'));
  const primary = hosts.primary === null ? [] : [hosts.primary];
  return { preview: hosts.preview, written: [...primary, ...hosts.aliases, ...redirected] };
}

/** The names in the host file of an environment; null without one. */
export function hostsLive(machine: SimMachine, name: string): SiteHosts | null {
  const slot = machine.slots.get(name);
  return slot?.hosts.get(slot.files.get(siteFile(name)) ?? '') ?? null;
}

export function liveHosts(machine: SimMachine): ReadonlyMap<string, SiteHosts> {
  const found = new Map<string, SiteHosts>();
  for (const name of machine.slots.keys()) {
    const hosts = hostsLive(machine, name);
    if (hosts !== null) found.set(name, hosts);
  }
  return found;
}
