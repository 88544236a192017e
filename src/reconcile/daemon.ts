import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { Deps } from '../ports/index.ts';
import type { LoadOptions } from './load-desired.ts';
import type { PassMemory } from './memory.ts';
import { runPass } from './pass.ts';
import type { PassReport } from './pass-report.ts';
import type { OnProgress } from './progress.ts';
import { closeInterruptedRuns } from './run-log.ts';
import { fetchedStatusBranch } from './status-branch.ts';
import { createWake, type Wake } from './wake.ts';

export interface DaemonOptions extends LoadOptions {
  /** Interval of checks for a new commit on the remote, ms. */
  readonly pollIntervalMs: number;
  /** Overrides `spec.interval` of pressluft.yaml, ms. */
  readonly intervalMs?: number;
  /** Commit that an operator trusts with its history, regardless of signatures. */
  readonly trustedCommit?: CommitSha;
  /** Stops the daemon: running work is ended in order, nothing new is started. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly onPass?: (report: PassReport) => void;
  /** Receives a function that starts a pass at once (signals, webhooks, the CLI). */
  readonly onReady?: (ring: (reason: string) => void) => void;
}

const repositoryChanged = 'repository changed';
const defaultIntervalMs = 60_000;
/** Random share of an interval, so that many fleets do not query one server at the same time. */
const jitter = 0.1;

/** Triggers that come from a person, or a hook that a person set up: they retry at once, without back-off. */
const operatorReasons: ReadonlySet<string> = new Set(['SIGHUP', 'SIGUSR1']);

/** The main loop: a pass at every interval, at every new commit, and on request. Errors of a pass are logged and never end it. */
export async function runDaemon(deps: Deps, memory: PassMemory, options: DaemonOptions): Promise<void> {
  const { signal, onProgress } = options;
  const wake = createWake(deps.clock);
  options.onReady?.((reason) => wake.ring(reason));
  const interrupted = closeInterruptedRuns(deps);
  if (interrupted > 0)
    deps.log.warn({ runs: interrupted }, 'resuming work that an earlier process left unfinished');
  const changed = createWake(deps.clock);
  const unwatch = await deps.git.watch(() => {
    changed.ring(repositoryChanged);
    wake.ring(repositoryChanged);
  });
  let trigger = 'start';
  try {
    for (let count = 1; !signal.aborted; count++) {
      const preempt = new AbortController();
      const pass = `${count}`;
      const waitSignal = AbortSignal.any([signal, preempt.signal]);
      const operator = operatorReasons.has(trigger);
      const passOptions = { ...options, pass, trigger, operator, waitSignal, changed };
      const report = await onePass(deps, memory, passOptions, preempt);
      if (report !== null) options.onPass?.(report);
      // Continue at once after a new commit, or after progress if more can be done.
      const goOn = preempt.signal.aborted || canGoOn(report);
      const intervalMs = options.intervalMs ?? configuredInterval(memory);
      trigger = goOn ? 'continued' : await nextTrigger(deps, wake, intervalMs, report, options);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await unwatch();
    onProgress({ kind: 'pass-finished', pass: 'end', outcome: 'stopped', problem: null, durationMs: 0 });
  }
}

type OnePass = Parameters<typeof runPass>[2] & DaemonOptions & { readonly changed: Wake };

async function onePass(
  deps: Deps,
  memory: PassMemory,
  options: OnePass,
  preempt: AbortController,
): Promise<PassReport | null> {
  const stopPolling = pollWhileActing(deps, options, preempt);
  try {
    return await runPass(deps, memory, { ...options, onProgress: stopPolling.onProgress });
  } catch (error) {
    if (options.signal.aborted) throw error;
    const fields = isPressluftError(error)
      ? { code: error.code, hint: error.hint }
      : { code: errors.internal };
    deps.log.error({ ...fields, err: error, message: messageOf(error) }, 'pass failed');
    options.onProgress({
      kind: 'pass-finished',
      pass: options.pass,
      outcome: `error: ${deps.secrets.redact(messageOf(error))}`,
      problem: null,
      durationMs: 0,
    });
    return null;
  } finally {
    await stopPolling.stop();
  }
}

/** Checks for new commits while nodes are worked on, so that a fix need not wait for the work that it fixes. */
function pollWhileActing(deps: Deps, options: OnePass, preempt: AbortController) {
  const stopped = new AbortController();
  let polling: Promise<void> | null = null;
  const poll = async (tip: CommitSha) => {
    const signal = AbortSignal.any([options.signal, stopped.signal]);
    while (!signal.aborted) {
      await options.changed.wait(options.pollIntervalMs, signal);
      const news = await newsOf(deps, { source: tip, status: null }, signal);
      if (news === 'new commit') preempt.abort(new Error('a new commit arrived'));
    }
  };
  return {
    onProgress: (event: Parameters<OnProgress>[0]) => {
      options.onProgress(event);
      if (event.kind !== 'phase') return;
      if (event.phase === 'act' && event.tip !== undefined) polling = poll(event.tip).catch(() => undefined);
      // The pass uses the clone again from here on; two fetches at once would conflict.
      if (event.phase === 'record') stopped.abort('the pass records');
    },
    stop: async () => {
      stopped.abort('the pass is over');
      await polling;
    },
  };
}

interface KnownTips {
  /** Null before the first successful fetch. */
  readonly source: CommitSha | null;
  /** Tip of our own records, or of a later approval. */
  readonly status: CommitSha | null;
}

/** The trigger for news on the remote; null when there is none, or the remote is unreachable. */
async function newsOf(deps: Deps, known: KnownTips, signal: AbortSignal): Promise<string | null> {
  try {
    const tips = await deps.git.fetch(fetchedStatusBranch(deps.store), signal);
    if (tips.source !== known.source) return 'new commit';
    // A person approves by a commit to the status branch.
    return tips.status === known.status ? null : 'new record';
  } catch {
    // The pass itself reports an unreachable remote.
    return null;
  }
}

/**
 * Whether work has become possible that was not possible before. An action that just succeeded and is planned again (a service that fails
 * again at once) waits for the interval, so that a node is not worked on without a pause.
 */
function canGoOn(report: PassReport | null): boolean {
  const succeeded = new Set(
    report?.results.filter(({ outcome }) => outcome === 'succeeded').map(({ action }) => action),
  );
  return succeeded.size > 0 && (report?.residual?.actions.some(({ id }) => !succeeded.has(id)) ?? false);
}

function configuredInterval(memory: PassMemory): number {
  return memory.manifests?.value.fleet?.config.intervalMs ?? defaultIntervalMs;
}

/** Sleeps until the interval is over, the loop is woken, a retry is due, or the remote has a new commit. */
async function nextTrigger(
  deps: Deps,
  wake: Wake,
  intervalMs: number,
  report: PassReport | null,
  options: DaemonOptions,
): Promise<string> {
  const spread = 1 + jitter * (deps.random.float() * 2 - 1);
  const deadline = deps.clock.monotonic() + intervalMs * spread;
  const retryAt = nextRetry(deps);
  const opensAt = nextOpening(deps, report);
  // A failed pass may have been at this commit, so only another one is news.
  const tips = await deps.git.tips(fetchedStatusBranch(deps.store));
  const known = { source: report?.tip ?? tips.source, status: tips.status };
  for (;;) {
    const left = deadline - deps.clock.monotonic();
    if (left <= 0) return 'interval';
    const untilRetry = retryAt - deps.clock.now();
    if (untilRetry <= 0) return 'retry';
    const untilOpen = opensAt - deps.clock.now();
    if (untilOpen <= 0) return 'maintenance';
    const pauseMs = Math.min(left, options.pollIntervalMs * spread, untilRetry, untilOpen);
    const reasons = await wake.wait(pauseMs, options.signal);
    // Our own record changed the repository too; only a new commit needs a pass.
    const asked = [...reasons].find((reason) => reason !== repositoryChanged);
    if (asked !== undefined) return asked;
    const news = await newsOf(deps, known, options.signal);
    if (news !== null) return news;
  }
}

/** The first future retry; one that is already due is blocked for another reason. */
function nextRetry(deps: Deps): number {
  const now = deps.clock.now();
  const coming = deps.store
    .retries()
    .flatMap(({ nextAttemptAt }) => (nextAttemptAt > now ? [nextAttemptAt] : []));
  return Math.min(...coming, Number.POSITIVE_INFINITY);
}

/** Minimum delay after a window that opened during the pass, so that the loop cannot spin. */
const leastPauseMs = 1000;

/** Time at which the first maintenance window opens, or freeze ends, that blocks an action. */
function nextOpening({ clock }: Deps, report: PassReport | null): number {
  // Retries have their own timer, exact to the millisecond.
  const moments = (report?.residual?.blocked ?? []).flatMap(({ reason, notBefore }) =>
    notBefore === undefined || reason === 'BackingOff' ? [] : [Date.parse(notBefore)],
  );
  return Math.max(Math.min(...moments, Number.POSITIVE_INFINITY), clock.now() + leastPauseMs);
}
