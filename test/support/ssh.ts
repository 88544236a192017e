import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { finish } from './e2e-fleet.ts';

/** Runs a script as root on a node of a fleet, with the controller's own key; returns what it prints. */
export async function onNode(stateDir: string, ipv4: string, script: string): Promise<string> {
  const options = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const key = ['-F', '/dev/null', '-i', join(stateDir, 'ssh', 'id_ed25519'), '-o', 'IdentitiesOnly=yes'];
  const child = spawn('ssh', [...key, ...options, `pressluft@${ipv4}`, 'sudo -n sh -s'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(script);
  const ended = await finish(child, 300_000);
  if (ended.code !== 0) throw new Error(`on ${ipv4}: exit ${ended.code}: ${ended.stderr}${ended.stdout}`);
  return ended.stdout.trim();
}
