import { defaultStatusBranch } from '../../fleet/config.ts';

/** Defaults when neither the environment nor its site sets a value; the `default` entries of the schemas are the same. */
export const systemDefaults = {
  intervalMs: 60_000,
  statusBranch: defaultStatusBranch,
  previewDomain: 'sslip.io',
  deletionBudget: { maxCount: 3, maxPercent: 20 },
  concurrency: 4,
  anywhere: ['0.0.0.0/0', '::/0'],
  swap: '1GiB',
  timezone: 'UTC',
  sshPort: 22,
  sshUser: 'pressluft',
  phpVersion: '8.2',
  memoryLimit: '256M',
  /** As systemd weighs a unit without a setting, systemd.resource-control(5). */
  cpuWeight: 100,
  pool: {
    pm: 'ondemand',
    maxChildren: 5,
    maxRequests: 500,
    idleTimeout: '10s',
    requestTerminateTimeout: '60s',
  },
  /** Of uploads, and so of forms and requests: PHP's own 2M is too small for photos. */
  uploadSize: '64M',
  /** Menus and forms of shops have more fields than PHP's own 1000. */
  maxInputVars: 3000,
  locale: 'en_US',
  objectCache: 'redis',
  /** WordPress without plugins stores 2 to 5 MiB, a shop some tens: an upper limit, taken only as it is used. */
  objectCacheMemory: '64MiB',
  deletionPolicy: 'retain',
  /** Windows apply to actions that visitors notice or that a revert alone does not undo; a freeze also blocks reloads. */
  windowRisks: ['downtime', 'data'],
  freezeRisks: ['restart', 'downtime', 'data'],
  overrun: 'finish',
  backupScope: 'full',
  /** A week of days, a month of weeks, half a year of months: grandfather, father and son, see restic's documentation (060_forget). */
  retention: { last: 3, daily: 7, weekly: 4, monthly: 6, yearly: 0 },
  /** Once a week, after the usual hours of backups; in the time zone of the schedule. */
  verification: '30 4 * * SUN',
  promotedParts: ['core', 'plugins', 'themes'],
  sftpPort: 22,
  /** Events that need a person, and their end. Single failures are tried again by themselves. */
  notificationEvents: ['stalled', 'recovered', 'blocked'],
} as const;
