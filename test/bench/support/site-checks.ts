import { onNode } from '../../support/ssh.ts';

/** CPU time of a node, in milliseconds, all its services included. */
export interface CheckCosts {
  /** Of the rotation, in an average minute. */
  readonly rotationMs: number;
  /** Of reading all code of all sites once. */
  readonly fullMs: number;
}

/** Runs that check every site once; as many minutes pass between two of them. */
const shares = 7;

/** Its timer stays active, since a stopped one is a fault of the node. */
export async function stopRotation(stateDir: string, ipv4: string): Promise<void> {
  const directory = '/run/systemd/system/pressluft-site-checks.timer.d';
  const settings = '[Timer]\\nOnCalendar=\\nOnCalendar=yearly\\n';
  const restart = 'systemctl daemon-reload; systemctl restart pressluft-site-checks.timer';
  await onNode(
    stateDir,
    ipv4,
    `mkdir -p ${directory}; printf '${settings}' > ${directory}/rotation.conf; ${restart}`,
  );
}

/** Measures the site checks on a node whose rotation is stopped. */
export async function checkCosts(stateDir: string, ipv4: string): Promise<CheckCosts> {
  const used = "sed -n 's/^usage_usec //p' /sys/fs/cgroup/cpu.stat";
  const turns = Array.from({ length: shares }, () => 'systemctl start pressluft-site-checks.service');
  const script = [
    'rm -f /var/lib/pressluft/site-checks/*/*',
    used,
    ...turns,
    used,
    'systemctl start pressluft-code-check.service',
    used,
  ];
  const [start = 0, rotated = 0, end = 0] = (await onNode(stateDir, ipv4, script.join('\n')))
    .split('\n')
    .map(Number);
  return { rotationMs: (rotated - start) / 1000 / shares, fullMs: (end - rotated) / 1000 };
}
