import { frontPage } from './front-page.ts';
import { isEnvironmentName, phpConfig } from './layout.ts';
import { claimedUid, type SimMachine, type Slot } from './machine.ts';
import { missingData } from './phase-accounts.ts';

interface Check {
  readonly code: string;
  readonly ok: boolean;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly detail: string | null;
}

const services = [
  ...['nginx', 'mariadb', 'nftables', 'fail2ban', 'cron', 'ssh'],
  ...['pressluft-site-checks.timer', 'pressluft-code-check.timer'],
];

/** The output of `ansible/files/probe.py` for a machine; with `sites`, a page is requested from these only. */
export function probe(machine: SimMachine, nowMs: number, sites: ReadonlySet<string> | null): string {
  const versions = [...machine.phpVersions].sort();
  const environments: Record<string, unknown> = {};
  const errors: string[] = [];
  for (const name of [...machine.slots.keys()].sort()) {
    const slot = machine.slots.get(name);
    if (slot === undefined || !isEnvironmentName(name) || (slot.record === null && !slot.directories))
      continue;
    environments[name] = environment(machine, slot, sites === null || sites.has(name));
    const problem = asksDatabase(slot) ? databaseProblem(machine, slot) : null;
    if (problem !== null) errors.push(`${name}: OperationalError: ${problem}`);
  }
  const states = Object.fromEntries(services.map((unit) => [unit, machine.services.get(unit) ?? 'inactive']));
  const node = {
    hostname: machine.hostname,
    machineId: machine.machineId,
    os: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-simulated',
    uptimeSeconds: Math.floor((nowMs - machine.upAtMs) / 1000),
    cores: machine.cores,
    memoryMib: machine.memoryMib,
    memoryAvailableMib: machine.memoryMib >> 1,
    diskFreeMib: machine.diskFull ? 0 : machine.diskMib >> 1,
    diskTotalMib: machine.diskMib,
    inodesFreePercent: 90,
    rebootRequired: machine.notReady.has('reboot_required'),
    clockSynced: !machine.notReady.has('clock_unsynced'),
    phpVersions: versions,
    record: machine.record,
    services: states,
    checks: checks(machine, nowMs, states),
  };
  return `${JSON.stringify({ v: 1, node, environments, errors })}\n`;
}

function checks(
  machine: SimMachine,
  nowMs: number,
  states: Readonly<Record<string, string>>,
): readonly Check[] {
  const found: Check[] = [];
  const { notReady, record } = machine;
  const check = (
    code: string,
    ok: boolean,
    message: string,
    severity: Check['severity'] = 'error',
    detail: string | null = null,
  ) => {
    const own = notReady.get(code);
    const good = ok && own === undefined;
    found.push({ code, ok: good, severity, message: good ? '' : (own ?? message), detail });
  };
  check(
    'cloud_init_pending',
    machine.cloudInit === null || nowMs >= machine.cloudInit.doneAtMs,
    'cloud-init has not finished its first boot',
  );
  check('apt_locked', true, '');
  check('clock_unsynced', true, '', 'warning');
  check('reboot_required', true, '', 'warning');
  check('disk_low', !machine.diskFull, `0 MiB left of ${machine.diskMib}`);
  check('inodes_low', true, '');
  check('memory_low', true, '');
  check('not_provisioned', record !== null, 'this machine has no node record yet');
  if (record === null) return found;
  for (const [name, state] of Object.entries(states))
    check(`service_inactive:${name}`, state === 'active', `${name} is ${state}`);
  check('firewall_inactive', states.nftables === 'active', 'Error: No such file or directory');
  check('nginx_config_invalid', true, '');
  check(
    'mariadb_unreachable',
    states.mariadb === 'active',
    "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)",
  );
  check('mariadb_read_only', true, '');
  return found;
}

function environment(machine: SimMachine, slot: Slot, isAsked: boolean) {
  const { record, name } = slot;
  const php = phpOf(slot);
  const retained = record?.retained === true;
  const lost = asksDatabase(slot) && slot.directories ? missingData(machine, slot) : [];
  return {
    record,
    present: slot.directories,
    ...(lost.length > 0 ? { missingData: lost } : {}),
    uid: claimedUid(slot),
    state: record?.state ?? null,
    retained,
    versions: versionsOf(machine, slot, php),
    services: {
      fpmSocket: php !== null && slot.php,
      pool: php !== null && slot.files.has(phpConfig(name)),
      ...ownServices(slot),
    },
    http: record !== null && !retained && isAsked ? http(machine, slot) : null,
    drift: [...driftOf(slot), ...refusedBy(machine, slot)],
    site: siteOf(machine, slot),
  };
}

/** What a recorded environment needs while it runs. */
function ownServices({ record, databaseSocket, cache }: Slot) {
  const spec = record?.spec as
    | { readonly state?: unknown; readonly cache?: { object?: unknown } }
    | undefined;
  if (!record?.digest || spec?.state === 'stopped') return {};
  const isCached = spec?.cache?.object === 'redis';
  return { databaseSocket: databaseSocket !== null, ...(isCached ? { cache: cache !== null } : {}) };
}

function phpOf({ record }: Slot): string | null {
  const php = record?.spec?.php as { readonly version?: unknown } | undefined;
  return typeof php?.version === 'string' ? php.version : null;
}

function versionsOf(machine: SimMachine, slot: Slot, php: string | null) {
  const live = slot.live === null ? undefined : slot.releases.get(slot.live);
  const installation =
    asksDatabase(slot) && databaseProblem(machine, slot) === null ? slot.installation : null;
  const plugins = Object.entries(live?.plugins ?? {}).map(([slug, version]) => [
    slug,
    slot.record === null
      ? { version }
      : { version, active: installation?.activePlugins.includes(slug) === true },
  ]);
  const theme = installation === null ? null : (installation.theme ?? bundledTheme);
  const themes = Object.entries({
    ...(live === undefined ? {} : bundled),
    ...live?.themes,
  }).map(([slug, version]) => [slug, slug === theme ? { version, active: true } : { version }]);
  return {
    wordpress: live?.wordpress ?? null,
    php,
    plugins: Object.fromEntries(plugins),
    themes: Object.fromEntries(themes),
  };
}

/** The probe runs as the environment's own user, and only if a record names it. */
function asksDatabase({ record }: Slot): boolean {
  return typeof record?.spec?.database_user === 'string';
}

function databaseProblem(machine: SimMachine, slot: Slot): string | null {
  if (machine.services.get('mariadb') !== 'active') {
    return `(2003, "Can't connect to MySQL server on 'localhost' ([Errno 2] No such file or directory)")`;
  }
  if (slot.databaseUser !== 'current')
    return `(1045, "Access denied for user '${String(slot.record?.spec?.database_user)}'@'localhost'")`;
  return slot.database && slot.installation !== null ? null : `(1146, "Table 'wp_options' doesn't exist")`;
}

/** What WordPress says of itself, asked as the environment's own user. */
function siteOf(machine: SimMachine, slot: Slot) {
  const { installation, damaged } = slot;
  if (!asksDatabase(slot) || databaseProblem(machine, slot) !== null || installation === null) return null;
  const at = '2026-01-05T09:00:00Z';
  return {
    activePlugins: [...installation.activePlugins].sort(),
    activeTheme: installation.theme ?? bundledTheme,
    title: installation.title,
    adminEmail: installation.adminEmail,
    locale: installation.locale,
    databaseVersion: '60421',
    frontPage: slot.record?.retained === true ? null : { ...rendered(machine, slot), at },
    code: { intact: damaged.size === 0, paths: [...damaged].sort(), at },
  };
}

/** The page as a visitor gets it, with a state only if PHP answered. */
function rendered(machine: SimMachine, slot: Slot) {
  const page = frontPage(machine, slot.name);
  if (page.kind === 'refused') return { state: 'failed', status: null, message: page.message };
  const { status, wordpress } = page;
  if (wordpress === null && status !== 503)
    return { state: 'failed', status, message: `answers HTTP ${status}` };
  switch (slot.installation?.page) {
    case 'empty':
      return { state: 'empty', status: 200, message: 'the answer has no visible content' };
    case 'fatal':
      return { state: 'fatal', status: 500, message: 'PHP Fatal error: Uncaught Error in shop.php:3' };
    case 'private':
      return { state: 'ok', status: 404, message: '' };
    default:
      return { state: 'ok', status, message: '' };
  }
}

const bundledTheme = 'twentytwentyfive';
/** Bundled themes of WordPress, by version. */
const bundled: Readonly<Record<string, string>> = { twentytwentyfour: '1.3', [bundledTheme]: '1.3' };

function http(machine: SimMachine, slot: Slot) {
  const { record, name } = slot;
  const url = record?.spec?.site_url;
  const host = typeof url === 'string' ? url.replace(/^https?:\/\//, '') : String(record?.host ?? '');
  const expected = record?.state === 'stopped' ? 503 : 200;
  const page = frontPage(machine, name);
  if (page.kind === 'refused') {
    const message = `ConnectionRefusedError: ${page.message}`;
    return { status: null, ms: 0, host, expected, ok: false, generator: null, message };
  }
  const { status, marker, wordpress } = page;
  const ok = marker === name && (status === expected || (expected === 200 && status >= 300 && status < 400));
  const problem =
    marker === name ? `answers HTTP ${status} instead of ${expected}` : 'another host answers for this name';
  return { status, ms: 12, host, expected, ok, generator: wordpress, message: ok ? '' : problem };
}

/** Tables that are there, and a user that is not let in. */
function refusedBy(machine: SimMachine, slot: Slot) {
  const { record, database, databaseUser, installation } = slot;
  const isThere = database && installation !== null && machine.services.get('mariadb') === 'active';
  if (
    record?.digest == null ||
    record.spec == null ||
    record.retained === true ||
    databaseUser === 'current' ||
    !isThere
  )
    return [];
  const path = `database:${String(record.spec.database_user)}`;
  return [{ path, expectedSha: 'access', actualSha: 'refused' }];
}

function driftOf({ record, files }: Slot) {
  return Object.entries(record?.managedFiles ?? {}).flatMap(([path, expectedSha]) => {
    const actualSha = files.get(path) ?? null;
    return actualSha === expectedSha ? [] : [{ path, expectedSha, actualSha }];
  });
}
