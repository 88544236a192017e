/** Leaders of the process groups that this process started and that have not ended yet. */
const liveGroups = new Set<number>();
let exitHookInstalled = false;

/** From now until {@link forgetGroup} the group is killed when this process exits. Module state, because it belongs to the process. */
export function rememberGroup(leaderPid: number): void {
  liveGroups.add(leaderPid);
  if (exitHookInstalled) return;
  exitHookInstalled = true;
  process.on('exit', () => {
    for (const pid of liveGroups) signalGroup(pid, 'SIGKILL');
  });
}

export function forgetGroup(leaderPid: number): void {
  liveGroups.delete(leaderPid);
}

/** Signals every process of a group; false when none is left (or none may be signalled). */
export function signalGroup(leaderPid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(-leaderPid, signal);
    return true;
  } catch {
    return false;
  }
}
