import { onNode } from '../../support/ssh.ts';
import { withCpuTime } from './cpu.ts';

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

/** Measures the site checks on one node whose rotation is stopped, while nothing else runs on the machines of the lab. */
export async function checkCosts(lab: string, stateDir: string, ipv4: string): Promise<CheckCosts> {
  const costOf = async (script: string) =>
    (await withCpuTime(lab, () => onNode(stateDir, ipv4, script))).cpu.machinesMs;
  await onNode(stateDir, ipv4, 'rm -f /var/lib/pressluft/site-checks/*/*');
  const turn = 'systemctl start pressluft-site-checks.service';
  const rotated = await costOf(Array.from({ length: shares }, () => turn).join('\n'));
  return {
    rotationMs: rotated / shares,
    fullMs: await costOf('systemctl start pressluft-code-check.service'),
  };
}
