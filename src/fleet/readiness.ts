import type { ReadinessCheck } from './observed.ts';

interface Guidance {
  readonly nextStep: string;
  /** Whether provisioning the node again can mend it. */
  readonly repairable: boolean;
}

/** What to do about each readiness code that a probe reports. Codes with a suffix (`service_inactive:nginx`) are looked up without it. */
export const readinessGuidance: Readonly<Record<string, Guidance>> = {
  not_provisioned: { nextStep: 'Nothing to do: the node is provisioned in this pass.', repairable: true },
  cloud_init_pending: {
    nextStep:
      'Wait until cloud-init has finished; if it stays, log in and read /var/log/cloud-init-output.log.',
    repairable: false,
  },
  apt_locked: {
    nextStep: 'Wait: another apt or dpkg run holds the lock; it is tried again.',
    repairable: false,
  },
  reboot_required: {
    nextStep: 'Reboot the node at a quiet time; an update waits for it.',
    repairable: false,
  },
  clock_unsynced: {
    nextStep: 'Check that the node can reach its time servers (timedatectl).',
    repairable: false,
  },
  disk_low: { nextStep: 'Free disk space on the node or choose a larger server type.', repairable: false },
  inodes_low: { nextStep: 'Remove many small files (caches, sessions) from the node.', repairable: false },
  memory_low: { nextStep: 'Lower the PHP worker counts or choose a larger server type.', repairable: false },
  firewall_inactive: {
    nextStep: 'Nothing to do: provisioning turns the firewall on again.',
    repairable: true,
  },
  nginx_config_invalid: { nextStep: 'Run `nginx -t` on the node to see the faulty line.', repairable: true },
  service_inactive: {
    nextStep: 'Nothing to do at first: provisioning starts it again. If it stays: journalctl -u <service>.',
    repairable: true,
  },
  php_fpm_config_invalid: {
    nextStep: 'Run `php-fpm8.2 -t` on the node to see the faulty line.',
    repairable: true,
  },
  mariadb_unreachable: {
    nextStep: 'Read `journalctl -u mariadb` on the node; often the disk or the memory is full.',
    repairable: true,
  },
  redis_unreachable: { nextStep: 'Read `journalctl -u redis-server` on the node.', repairable: true },
};

export function guidanceOf(code: string): Guidance {
  return (
    readinessGuidance[code.split(':')[0] ?? code] ?? {
      nextStep: 'Log in to the node and look; then run `pressluft reconcile`.',
      repairable: false,
    }
  );
}

export function failingChecks(checks: readonly ReadinessCheck[]): readonly ReadinessCheck[] {
  return checks.filter((check) => !check.ok && check.severity === 'error');
}
