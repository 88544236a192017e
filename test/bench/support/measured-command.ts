import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export interface CommandCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Peak resident memory of the largest process, KiB. */
  readonly rssKib: number;
  readonly code: number;
}

/** Python, which Ansible needs anyway, can ask for the resources of a child that has ended; Node cannot. */
const wrapper = `
import json, resource, subprocess, sys, time
began = time.monotonic()
with open(sys.argv[1]) as stdin:
    code = subprocess.call(sys.argv[2:], stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"wallMs": wall * 1000, "cpuMs": (used.ru_utime + used.ru_stime) * 1000, "rssKib": used.ru_maxrss, "code": code}))
`;

/** Runs a command to its end, output thrown away. */
export async function measureCommand(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly stdin?: string; readonly timeoutMs?: number } = {},
): Promise<CommandCost> {
  const { cwd = '/', stdin = '/dev/null', timeoutMs = 300_000 } = options;
  const { stdout } = await exec('python3', ['-c', wrapper, stdin, ...argv], { cwd, timeout: timeoutMs });
  return JSON.parse(stdout) as CommandCost;
}
