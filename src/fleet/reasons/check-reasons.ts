import { notReady, type ReasonEntry } from './reason-entry.ts';

interface CheckEntry extends ReasonEntry {
  /** Whether provisioning the node again can repair it. */
  readonly repairable: boolean;
  /** A warning that blocks nothing. */
  readonly warning?: true;
}

const common = { condition: notReady, needsPerson: null } as const;

/** Failing readiness checks of a node. The parameter of a next step is the detail of the check: a service, a version. */
export const checkReasons = {
  NotProvisioned: {
    ...common,
    meaning: 'The node is not provisioned yet.',
    nextStep: 'No action needed; the node is provisioned in this pass.',
    repairable: true,
  },
  CloudInitPending: {
    ...common,
    meaning: 'cloud-init has not finished the first boot.',
    nextStep:
      'Wait until cloud-init has finished; if it does not finish, log in and read /var/log/cloud-init-output.log.',
    repairable: false,
  },
  AptLocked: {
    ...common,
    meaning: 'Another apt or dpkg run holds the package lock.',
    nextStep: 'No action needed; retried after the other apt or dpkg run has ended.',
    repairable: false,
  },
  RebootRequired: {
    ...common,
    meaning: 'An update takes effect at the next reboot. Only a warning.',
    nextStep: 'Reboot the node at a time with few visitors.',
    repairable: false,
    warning: true,
  },
  ClockUnsynced: {
    ...common,
    meaning: 'The clock of the node is not synchronised. Only a warning.',
    nextStep: 'Check that the node can reach its time servers (timedatectl).',
    repairable: false,
    warning: true,
  },
  DiskLow: {
    ...common,
    meaning: 'Less than 1 GiB of disk space is free.',
    nextStep: 'Free disk space on the node or choose a larger server type.',
    repairable: false,
  },
  InodesLow: {
    ...common,
    meaning: 'Less than 5 % of the inodes are free.',
    nextStep: 'Remove many small files (caches, sessions) from the node.',
    repairable: false,
  },
  MemoryLow: {
    ...common,
    meaning: 'Less than 100 MiB of memory are available.',
    nextStep: 'Lower the PHP worker counts or choose a larger server type.',
    repairable: false,
  },
  FirewallInactive: {
    ...common,
    meaning: 'The firewall of the node is off.',
    nextStep: 'No action needed; provisioning turns the firewall on again.',
    repairable: true,
  },
  NginxConfigInvalid: {
    ...common,
    meaning: 'nginx rejects its configuration.',
    nextStep: 'Run `nginx -t` on the node to see the faulty line.',
    repairable: true,
  },
  ServiceInactive: {
    ...common,
    meaning: 'A service of the node does not run.',
    nextStep: (service: string) =>
      `No action needed; provisioning restarts it. If it fails again: journalctl -u ${service}.`,
    repairable: true,
  },
  MariadbUnreachable: {
    ...common,
    meaning: 'MariaDB does not answer.',
    nextStep: 'Read `journalctl -u mariadb` on the node; often the disk or the memory is full.',
    repairable: true,
  },
  MariadbReadOnly: {
    ...common,
    meaning: 'MariaDB accepts no changes: visitors see the sites, and nothing can be saved.',
    nextStep:
      'Run `mariadb -e "SET GLOBAL read_only = 0"` on the node; if it is read-only again, remove read_only from the files in /etc/mysql.',
    repairable: false,
  },
  UnknownCheck: {
    ...common,
    meaning: 'A check fails that this version of Pressluft does not know; its detail names it.',
    nextStep: 'Log in to the node and read the output of the check; then run `pressluft reconcile`.',
    repairable: false,
  },
} as const satisfies Record<string, CheckEntry>;

export const checkEntries: Readonly<Record<keyof typeof checkReasons, CheckEntry>> = checkReasons;
