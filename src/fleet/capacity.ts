/** Memory demand of one environment. */
export interface EnvironmentDemand {
  readonly name: string;
  /** A stopped environment has no workers. */
  readonly running: boolean;
  readonly phpVersion: string;
  readonly memoryLimitMib: number;
  readonly pm: 'static' | 'dynamic' | 'ondemand';
  readonly maxChildren: number;
  /** Quota of its cache server; 0 without one. */
  readonly cacheMib: number;
}

export interface NodeMemory {
  readonly memoryMib: number;
  readonly swapMib: number;
}

export interface DemandLine {
  readonly label: string;
  readonly mib: number;
}

export interface NodeDemand {
  /** Sizes of the services that all environments of a node share, as configured. */
  readonly services: readonly DemandLine[];
  /** Running environments. */
  readonly running: readonly EnvironmentDemand[];
  /** All their workers, in MiB. */
  readonly workersMib: number;
  /** Quotas of the cache servers of running environments, in MiB. */
  readonly cachesMib: number;
  /** Total with all workers busy, in MiB. */
  readonly busyMib: number;
  /** Memory use without visitors, before the database has cached data, in MiB. */
  readonly idleMib: number;
}

/**
 * Kernel, systemd, SSH, nginx, fail2ban, logs, the page cache for static files, and the short PHP processes of cron. A Debian 12
 * server with these uses 200 to 300 MiB; hosting guides reserve 512 MiB (https://tweakswp.com/php-fpm-tuning-for-wordpress-how-to-calculate-workers-memory-and-timeouts/).
 */
const systemMib = 384;
/*
 * Measured in a Debian 12 image of the lab with the settings of the roles, WordPress 7.1.1 with Akismet and the importer, 200 requests
 * to the front and to wp-admin, five static workers (smaps_rollup, opcache_get_status, memory_get_peak_usage): an idle worker has 7 to
 * 11 MiB of private memory, and up to 12 MiB of heap during requests; compiled code takes 45 MiB; MariaDB takes 111 MiB with its
 * buffer pool empty.
 */
/** MariaDB without its buffer pool, with the threads of a few dozen connections. */
const mariadbBaseMib = 128;
/** PHP-FPM master of one environment: 10 MiB by itself, and the compiled code. One that is idle stops when memory is short. */
const masterMib = 58;
/** Private memory of an idle worker; shared memory is counted with the master. */
const restingWorkerMib = 12;
/**
 * Share of the limit that a busy worker typically uses. The limit is a ceiling for rare pages: at the default of 256M a sixth is a
 * heap of 43 MiB, four times that of WordPress without plugins. Together with the shared code this matches the 40 to 80 MB per worker of hosting guides
 * (https://helloadmin.com/tune-php-fpm-pool-settings-for-high-traffic-wordpress-sites/).
 */
const usedShareOfLimit = 1 / 6;

/**
 * Memory allocation of a provisioned node: 30 % for the buffer pool of MariaDB (WordOps, stack_pref.py), within bounds. In MiB.
 */
export function serviceMemory(memoryMib: number) {
  return {
    innodbBufferPoolMib: Math.max(64, Math.min(Math.round(memoryMib * 0.3), 16_384)),
  };
}

/** Typical memory of a busy worker in MiB: 55 at a limit of 256M, 33 at 128M. */
export function workerMib(memoryLimitMib: number): number {
  return Math.round(restingWorkerMib + memoryLimitMib * usedShareOfLimit);
}

/** Memory demand of a node, item by item. Services are sized as {@link serviceMemory} sizes them for the memory of the node. */
export function nodeDemand(memoryMib: number, environments: readonly EnvironmentDemand[]): NodeDemand {
  const running = environments.filter((environment) => environment.running);
  const cachesMib = running.reduce((sum, { cacheMib }) => sum + cacheMib, 0);
  const services = [...scaledServices(memoryMib, cachesMib), ...masters(running)];
  let [workersMib, residents] = [0, 0];
  for (const environment of running) {
    workersMib += poolMib(environment);
    residents += residentWorkers(environment);
  }
  return {
    services,
    running,
    workersMib,
    cachesMib,
    busyMib: total(services) + workersMib,
    idleMib: systemMib + mariadbBaseMib + residents * restingWorkerMib,
  };
}

/** Whether the same environments fit on a node of another size with all workers busy. */
export function fitsInto(memoryMib: number, { workersMib, services, cachesMib }: NodeDemand): boolean {
  const mastersMib = total(services.filter(({ label }) => label.startsWith(mastersLabel)));
  return total(scaledServices(memoryMib, cachesMib)) + mastersMib + workersMib <= memoryMib;
}

function scaledServices(memoryMib: number, cachesMib: number): readonly DemandLine[] {
  const { innodbBufferPoolMib } = serviceMemory(memoryMib);
  return [
    { label: 'system', mib: systemMib },
    { label: 'MariaDB', mib: innodbBufferPoolMib + mariadbBaseMib },
    ...(cachesMib > 0 ? [{ label: 'object caches', mib: cachesMib }] : []),
  ];
}

const mastersLabel = 'PHP ';

function masters(environments: readonly EnvironmentDemand[]): readonly DemandLine[] {
  const count = new Map<string, number>();
  for (const { phpVersion } of environments) count.set(phpVersion, (count.get(phpVersion) ?? 0) + 1);
  return [...count]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([version, users]) => ({
      label: `${mastersLabel}${version}`,
      mib: users * masterMib,
    }));
}

function poolMib({ maxChildren, memoryLimitMib }: EnvironmentDemand): number {
  return maxChildren * workerMib(memoryLimitMib);
}

/** Idle workers; `dynamic` starts with one spare worker. */
function residentWorkers({ pm, maxChildren }: EnvironmentDemand): number {
  if (pm === 'static') return maxChildren;
  return pm === 'dynamic' ? Math.min(1, maxChildren) : 0;
}

function total(lines: readonly DemandLine[]): number {
  return lines.reduce((sum, { mib }) => sum + mib, 0);
}

/** `system 384 + MariaDB 1357 + 12 environments: acme 8×76=608, 11 more=2100 = 4449 MiB`, with the `most` largest named. */
export function describeDemand({ services, running, workersMib, busyMib }: NodeDemand, most = 4): string {
  const fixed = services.map(({ label, mib }) => `${label} ${mib}`);
  if (running.length === 0) return `${fixed.join(' + ')} = ${busyMib} MiB`;
  const sorted = [...running].sort((a, b) => poolMib(b) - poolMib(a) || (a.name < b.name ? -1 : 1));
  const shown = running.length === most + 1 ? sorted : sorted.slice(0, most);
  const parts = shown.map((pool) => {
    const each = `${pool.name} ${pool.maxChildren}×${workerMib(pool.memoryLimitMib)}`;
    return `${each}=${poolMib(pool)}`;
  });
  const named = shown.reduce((sum, pool) => sum + poolMib(pool), 0);
  if (running.length > shown.length) {
    parts.push(`${running.length - shown.length} more=${workersMib - named}`);
  }
  const count = running.length === 1 ? '1 environment' : `${running.length} environments`;
  return `${[...fixed, `${count}: ${parts.join(', ')}`].join(' + ')} = ${busyMib} MiB`;
}
