import type { DesiredEnvironment } from './desired.ts';
import { environmentNames, previewHost } from './naming.ts';

/** What can be claimed: names of one kind are unique in the whole fleet. */
export const claimKinds = {
  host: 'the host name',
  'unix-user': 'the Unix user',
  database: 'the database',
  'database-user': 'the database user',
  'cache-user': 'the cache user',
  'cache-prefix': 'the cache prefix',
  server: 'the server name',
} as const;
export type ClaimKind = keyof typeof claimKinds;

/** A name that belongs to one resource. `derived` ones follow from the identity of the resource, so they are stronger than written ones. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly name: string;
  readonly origin: 'derived' | 'written';
}

export function claimKey({ kind, name }: Claim): string {
  return `${kind}:${name}`;
}

/** `the host name "www.acme.example"` */
export function claimWords({ kind, name }: Claim): string {
  return `${claimKinds[kind]} ${JSON.stringify(name)}`;
}

/** All claims of a desired environment. */
export function claimsOf(
  environment: DesiredEnvironment,
  ipv4: string | null,
  previewDomain: string,
): readonly Claim[] {
  return [
    ...hostClaimsOf(environment, ipv4, previewDomain),
    ...nameClaims(environmentNames(environment.name)),
  ];
}

/** Host names of a desired environment; without the address of its node its preview host is not known. */
export function hostClaimsOf(
  environment: DesiredEnvironment,
  ipv4: string | null,
  previewDomain: string,
): readonly Claim[] {
  const { primary, aliases, redirects } = environment.domains;
  const preview = ipv4 === null ? [] : [previewHost(environment.name, ipv4, previewDomain)];
  const from = redirects.map((redirect) => redirect.from).filter((host) => !host.startsWith('/'));
  return [
    ...claims('host', 'derived', preview),
    ...claims('host', 'written', [...(primary === null ? [] : [primary]), ...aliases, ...from]),
  ];
}

/** The names on the node; they follow from the name of the environment. */
function nameClaims(names: ReturnType<typeof environmentNames>): readonly Claim[] {
  return [
    ...claims('unix-user', 'derived', [names.unixUser]),
    ...claims('database', 'derived', [names.database]),
    ...claims('database-user', 'derived', [names.databaseUser]),
    ...claims('cache-user', 'derived', [names.redisUser]),
    ...claims('cache-prefix', 'derived', [names.redisPrefix]),
  ];
}

/** Claims of an applied task as it is observed or recorded; one of an earlier version or from a hostile node may lack any member. */
export function appliedClaims(task: Readonly<Record<string, unknown>>): readonly Claim[] {
  const hosts = recordOf(task.hosts);
  const redirects = (Array.isArray(hosts.redirects) ? hosts.redirects : [])
    .flatMap((redirect: unknown) => texts(recordOf(redirect).from))
    .filter((from) => !from.startsWith('/'));
  return [
    ...claims('host', 'derived', texts(hosts.preview)),
    ...claims('host', 'written', [...texts(hosts.primary), ...texts(hosts.aliases), ...redirects]),
    ...claims('unix-user', 'derived', texts(task.unix_user)),
    ...claims('database', 'derived', texts(task.database)),
    ...claims('database-user', 'derived', texts(task.database_user)),
    ...claims('cache-user', 'derived', texts(task.redis_user)),
    ...claims('cache-prefix', 'derived', texts(task.redis_prefix)),
  ];
}

/** The site of an applied task: its data belong to that site. Null when unknown. */
export function appliedSite(task: Readonly<Record<string, unknown>> | null | undefined): string | null {
  return texts(task?.site)[0] ?? null;
}

/**
 * The holders of names that more than one claims: for each such name all claimants in the order of `claimed`, and the one to whom it
 * belongs. That is the only one whose name is derived, or else the only one that has it applied; null if neither decides.
 */
export function contestedClaims<Owner>(
  claimed: Iterable<readonly [Owner, readonly Claim[]]>,
  hasApplied: (owner: Owner, claim: Claim) => boolean,
): readonly Contested<Owner>[] {
  const first = new Map<string, readonly [Owner, Claim]>();
  const several = new Map<string, Map<Owner, Claim>>();
  for (const [owner, list] of claimed) {
    for (const claim of list) {
      const key = claimKey(claim);
      const known = first.get(key);
      if (known === undefined) {
        first.set(key, [owner, claim]);
        continue;
      }
      if (known[0] === owner && !several.has(key)) continue;
      const owners = several.get(key) ?? new Map([known]);
      several.set(key, owners);
      if (owners.get(owner)?.origin !== 'derived') owners.set(owner, claim);
    }
  }
  return [...several.values()].map((byOwner) => {
    const owners = [...byOwner];
    const derived = owners.filter(([, { origin }]) => origin === 'derived');
    const applied = owners.filter(([owner, claim]) => hasApplied(owner, claim));
    const rightful = derived.length > 0 ? derived : applied;
    const [, claim] = owners[0] as readonly [Owner, Claim];
    return {
      claim,
      claimants: owners.map(([owner]) => owner),
      holder: rightful.length === 1 && rightful[0] !== undefined ? rightful[0][0] : null,
    };
  });
}

export interface Contested<Owner> {
  readonly claim: Claim;
  readonly claimants: readonly Owner[];
  readonly holder: Owner | null;
}

function claims(kind: ClaimKind, origin: Claim['origin'], names: readonly string[]): readonly Claim[] {
  return names.map((name) => ({ kind, origin, name }));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function texts(value: unknown): readonly string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((item): item is string => typeof item === 'string');
}
