import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../machines/run-tool.ts';

/** Faults of the remote that apply to pushes over any transport. */
export interface PushFaults {
  /** The next `count` pushes are refused before any ref changes. */
  readonly rejectPushes: number;
  /** The next `count` pushes take effect, and then the server dies before it replies. */
  readonly loseReplies: number;
}

/** The environment of git: no configuration of the user. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** Creates the bare repository, or updates the settings and hooks of an existing one. History is kept. */
export async function prepareRepository(repository: string, allowForce: boolean): Promise<void> {
  await runTool('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository], {
    env: gitEnvironment,
  });
  await writeFile(join(repository, 'config'), configuration(allowForce));
  await mkdir(faultDir(repository), { recursive: true });
  await mkdir(join(repository, 'hooks'), { recursive: true });
  await writeFile(join(repository, 'hooks/pre-receive'), rejectHook, { mode: 0o755 });
  await writeFile(join(repository, 'hooks/reference-transaction'), loseReplyHook, { mode: 0o755 });
}

function configuration(allowForce: boolean): string {
  return `[core]
  repositoryformatversion = 0
  filemode = true
  bare = true
[http]
  receivepack = true
[receive]
  denyNonFastForwards = ${!allowForce}
  denyDeletes = ${!allowForce}
  fsckObjects = true
  # A collection in the background would outlive the lab.
  autogc = false
[gc]
  auto = 0
`;
}

export async function setPushFaults(repository: string, faults: PushFaults): Promise<void> {
  const dir = faultDir(repository);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  for (const [kind, count] of [
    ['reject', faults.rejectPushes],
    ['lose', faults.loseReplies],
  ] as const) {
    for (let index = 0; index < count; index += 1) await writeFile(join(dir, `${kind}-${index}`), '');
  }
}

/** The faults that have not applied yet. */
export async function pushFaults(repository: string): Promise<PushFaults> {
  const names = await readdir(faultDir(repository));
  const count = (kind: string) => names.filter((name) => name.startsWith(`${kind}-`)).length;
  return { rejectPushes: count('reject'), loseReplies: count('lose') };
}

/** One file for each time; a hook uses it up by removing it, so faults work over every transport and outlive restarts. */
function faultDir(repository: string): string {
  return join(repository, 'lab-faults');
}

const rejectHook = `#!/bin/sh
for fault in "\${0%/*}"/../lab-faults/reject-*; do
  if rm "$fault" 2>/dev/null; then
    echo 'refused by the lab' >&2
    exit 1
  fi
done
exit 0
`;

/** The transaction is over when the hook runs, and git has not reported it yet. Its parent is git receive-pack. */
const loseReplyHook = `#!/bin/sh
[ "$1" = committed ] || exit 0
for fault in "\${0%/*}"/../lab-faults/lose-*; do
  if rm "$fault" 2>/dev/null; then
    kill -9 "$PPID"
    exit 0
  fi
done
exit 0
`;
