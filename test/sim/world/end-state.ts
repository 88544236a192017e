import { statusBranch, type World } from './world.ts';

/** End state of a run, without clocks, ids and addresses: equal texts mean equal results. */
export function endState({ account, machines, remote, hosts }: World): string {
  const nameOf = new Map([...account.servers.values()].map(({ ipv4, name }) => [ipv4, name]));
  const servers = [...account.servers.values()].map(
    ({ name, status, serverType, labels }) =>
      `server ${name} ${status} ${serverType} ${JSON.stringify(without(labels, 'host-key'))}`,
  );
  const firewalls = [...account.firewalls.values()].map(
    ({ name, rules, appliedTo }) => `firewall ${name} ${JSON.stringify(rules)} on ${appliedTo.length}`,
  );
  const keys = [...account.keys.values()].map(({ name }) => `key ${name}`);
  const nodes = [...machines.machines.values()].flatMap((machine) => {
    const node = nameOf.get(machine.ipv4) ?? machine.hostname;
    const slots = [...machine.slots.values()].map(
      ({ name, record, database, installation, files, live, releases }) =>
        `slot ${name} on ${node}: ${record?.digest === undefined ? 'no record' : `retained ${record.retained === true}`} database ${database} core ${installation?.core} files ${files.size} live ${live !== null} releases ${releases.size} ${plain(record?.spec ?? null)}`,
    );
    return [`node ${node} ${plain(machine.record?.spec ?? null)} ${services(machine.services)}`, ...slots];
  });
  // Server types are requested once an hour: whether and when they are known is random.
  const statuses = [...remote.files(statusBranch, 'status')].map(([path, text]) => {
    const lasting = path.startsWith('status/provider/')
      ? (text.split('\ndetails:')[0] ?? '').trimEnd()
      : text;
    return `${path}: ${plain(lasting)}`;
  });
  const stores = hosts.map(
    ({ disk: { store } }) => `store ${store.intents.size} ${store.retries.size} ${store.unfinished.size}`,
  );
  return [...servers, ...firewalls, ...keys, ...nodes, ...statuses, ...stores].sort().join('\n');
}

function services(states: ReadonlyMap<string, string>): string {
  return [...states]
    .map(([unit, state]) => `${unit}=${state}`)
    .sort()
    .join(' ');
}

function without(labels: Readonly<Record<string, string>>, suffix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.endsWith(suffix)));
}

/** Times, commits, digests, addresses, keys and numbers of things that are counted may differ from run to run. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replace(/"?\b[0-9a-f]{40}\b"?/g, 'COMMIT')
    .replace(/\b\d{1,3}([.-])\d{1,3}\1\d{1,3}\1\d{1,3}\b/g, 'ADDRESS')
    .replace(/ssh-ed25519 [A-Za-z0-9+/=]+/g, 'KEY')
    .replace(/\b(id|machineId|serverId|uptimeSeconds|ms|createdAt|firewallId): ?"?[\w.-]+"?/g, '$1: N');
}
