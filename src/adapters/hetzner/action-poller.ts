import { errors } from '../../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../../fleet/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CloudActionId, CloudProgress } from '../../ports/cloud.ts';
import { cleanText } from './api-errors.ts';
import type { ProviderAction } from './resources.ts';

/** hcloud-go: ids in one `GET /actions?id=…&id=…`. */
export const batchSize = 25;
/** hcloud's Terraform provider: 500 ms doubling up to 10 s. At a constant 500 ms one waiter alone would use twice the rate limit. */
const firstPauseMs = 500;
const maxPauseMs = 10_000;

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly onProgress?: (progress: CloudProgress) => void;
  readonly signal?: AbortSignal;
}

/** Waits for actions of the provider; all callers of one account share the same requests. */
export interface ActionPoller {
  /** Resolves when all succeeded; PL4007 or PL4008 once all are settled; otherwise the error that made polling impossible. */
  wait(ids: readonly CloudActionId[], options: WaitOptions): Promise<void>;
}

export interface PollerDeps {
  readonly clock: Clock;
  /** Secrets to remove from error messages of actions. */
  readonly token: string;
  /** At most {@link batchSize} ids; unknown ids are absent from the result. */
  readonly fetchActions: (ids: readonly number[], signal: AbortSignal) => Promise<readonly ProviderAction[]>;
}

interface Waiter {
  /** Last observed state of every action that has not ended. */
  readonly running: Map<number, ProviderAction | null>;
  readonly failed: string[];
  readonly onProgress: ((progress: CloudProgress) => void) | undefined;
  readonly settle: (error?: unknown) => void;
}

export function createActionPoller(deps: PollerDeps): ActionPoller {
  const { clock } = deps;
  const waiters = new Set<Waiter>();
  let looping = false;
  let pauseMs = firstPauseMs;
  let nextPollMs = 0;
  let sleeping: AbortController | null = null;
  let fetching: AbortController | null = null;

  async function loop(): Promise<void> {
    looping = true;
    while (waiters.size > 0) {
      sleeping = new AbortController();
      await clock.sleep(Math.max(0, nextPollMs - clock.monotonic()), sleeping.signal).catch(() => undefined);
      if (waiters.size > 0 && nextPollMs <= clock.monotonic()) await poll();
    }
    looping = false;
  }

  async function poll(): Promise<void> {
    const ids = [...new Set([...waiters].flatMap((waiter) => [...waiter.running.keys()]))];
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    for (let start = 0; start < ids.length; start += batchSize) {
      await pollBatch(ids.slice(start, start + batchSize));
    }
    nextPollMs = clock.monotonic() + pauseMs;
  }

  async function pollBatch(batch: readonly number[]): Promise<void> {
    const interested = () => [...waiters].filter((waiter) => batch.some((id) => waiter.running.has(id)));
    const controller = new AbortController();
    fetching = controller;
    try {
      const actions = new Map((await deps.fetchActions(batch, controller.signal)).map((it) => [it.id, it]));
      for (const waiter of interested()) note(waiter, batch, actions);
    } catch (error) {
      // Temporarily unreachable or busy: the answer can still arrive within the time of the waiters.
      const passing =
        isPressluftError(error, errors.providerUnreachable) || isPressluftError(error, errors.rateLimited);
      if (!controller.signal.aborted && !passing) for (const waiter of interested()) leave(waiter, error);
    } finally {
      fetching = null;
    }
  }

  function note(
    waiter: Waiter,
    batch: readonly number[],
    actions: ReadonlyMap<number, ProviderAction>,
  ): void {
    for (const id of batch.filter((candidate) => waiter.running.has(candidate))) {
      const action = actions.get(id);
      const before = waiter.running.get(id);
      if (action?.status === 'running') waiter.running.set(id, action);
      else waiter.running.delete(id);
      if (action === undefined) waiter.failed.push(`action ${id} is unknown to the provider`);
      else if (action.status === 'error') waiter.failed.push(failureText(action, deps.token));
      if (action !== undefined && (before?.progress !== action.progress || before.status !== action.status)) {
        waiter.onProgress?.({ action: id, command: action.command, progress: action.progress });
      }
    }
    if (waiter.running.size > 0) return;
    leave(waiter, waiter.failed.length === 0 ? undefined : actionError(waiter.failed));
  }

  function leave(waiter: Waiter, error?: unknown): void {
    if (!waiters.delete(waiter)) return;
    waiter.settle(error);
    if (waiters.size > 0) return;
    sleeping?.abort();
    fetching?.abort();
  }

  function join(waiter: Waiter): void {
    waiters.add(waiter);
    pauseMs = firstPauseMs;
    nextPollMs = Math.min(looping ? nextPollMs : Number.POSITIVE_INFINITY, clock.monotonic() + firstPauseMs);
    if (looping) sleeping?.abort();
    else void loop();
  }

  return {
    wait(ids, { timeoutMs, onProgress, signal }) {
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      if (ids.length === 0) return Promise.resolve();
      return new Promise<void>((resolve, reject) => {
        const done = new AbortController();
        const onAbort = () => leave(waiter, signal?.reason);
        const waiter: Waiter = {
          running: new Map(ids.map((id) => [id, null])),
          failed: [],
          onProgress,
          settle: (error) => {
            done.abort();
            signal?.removeEventListener('abort', onAbort);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        clock.sleep(timeoutMs, done.signal).then(
          () => leave(waiter, timeoutError(waiter, timeoutMs)),
          () => undefined,
        );
        join(waiter);
      });
    },
  };
}

function actionError(failed: readonly string[]): PressluftError {
  return new PressluftError(errors.providerActionFailed, failed.join('; '), {
    hint: 'The provider ended the operation with an error; it is retried later. The provider console may show the reason.',
  });
}

function timeoutError(waiter: Waiter, timeoutMs: number): PressluftError {
  const running = [...waiter.running].map(([id, action]) => runningText(id, action));
  const message = [
    `not ended after ${Math.round(timeoutMs / 1000)} s: ${running.join(', ')}`,
    ...waiter.failed,
  ];
  return new PressluftError(errors.providerActionTimedOut, message.join('; '), {
    hint: 'The provider continues with it; the next pass observes the result.',
  });
}

function runningText(id: number, action: ProviderAction | null): string {
  if (action === null) return `action ${id}`;
  return `${action.command} (action ${id}, ${action.progress} %) of ${action.resources.join(', ')}`;
}

function failureText(action: ProviderAction, token: string): string {
  const reason = action.error === null ? 'no reason given' : `${action.error.code}: ${action.error.message}`;
  return cleanText(
    `${action.command} (action ${action.id}) of ${action.resources.join(', ')} failed: ${reason}`,
    token,
  );
}
