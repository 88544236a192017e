import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../fleet/errors.ts';
import { type ActionFailure, finishAction, queueOf } from '../cloud/actions.ts';
import type { StoredAction } from '../cloud/model.ts';
import type { FaultControl } from './faults.ts';
import type { StateStore } from './state-store.ts';

export interface ActionRunner {
  /** Starts actions that are in the store as `running`. */
  launch(actions: readonly StoredAction[]): void;
  /** Resumes actions that a crash left `running`. Effects are idempotent, so repeating one is harmless. */
  resume(): void;
  /** Resolves when nothing is running. */
  idle(): Promise<void>;
  /** Cancels running actions; they stay `running` in the store and are resumed at the next start. */
  close(): Promise<void>;
}

export interface ActionRunnerDeps {
  readonly store: StateStore;
  readonly faults: FaultControl;
  readonly now: () => number;
  readonly effect: (action: StoredAction, signal: AbortSignal) => Promise<void>;
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Runs actions in the background: those of one server in order, different servers in parallel. */
export function createActionRunner(deps: ActionRunnerDeps): ActionRunner {
  const stop = new AbortController();
  const queues = new Map<string, Promise<void>>();

  async function run(action: StoredAction): Promise<void> {
    if (stop.signal.aborted) return;
    const failure = await carryOut(deps, action, stop.signal);
    if (failure !== undefined && stop.signal.aborted) return;
    try {
      await deps.store.update((draft) => finishAction(draft, action.id, deps.now(), failure));
    } catch (error) {
      // The action stays `running` and is resumed at the next start.
      deps.log('action result could not be saved', { action: action.id, error: messageOf(error) });
    }
  }

  function launch(actions: readonly StoredAction[]): void {
    for (const action of actions) {
      const key = queueOf(action);
      const next = (queues.get(key) ?? Promise.resolve()).then(() => run(action));
      queues.set(key, next);
      void next.then(() => {
        if (queues.get(key) === next) queues.delete(key);
      });
    }
  }

  async function idle(): Promise<void> {
    while (queues.size > 0) await Promise.all(queues.values());
  }

  return {
    launch,
    resume: () => launch(deps.store.read().actions.filter((action) => action.status === 'running')),
    idle,
    close: async () => {
      stop.abort();
      await idle();
    },
  };
}

async function carryOut(
  deps: ActionRunnerDeps,
  action: StoredAction,
  signal: AbortSignal,
): Promise<ActionFailure | undefined> {
  try {
    const slow = deps.faults.strike('slow-action', (fault) => fault.command === action.command);
    if (slow) await sleep(slow.ms, undefined, { signal });
    const fault = deps.faults.strike('action-error', (candidate) => candidate.command === action.command);
    if (!fault || fault.afterEffect) await deps.effect(action, signal);
    if (fault)
      return { code: fault.code ?? 'action_failed', message: fault.message ?? 'injected by the lab' };
    return undefined;
  } catch (error) {
    deps.log('action failed', { action: action.id, command: action.command, error: messageOf(error) });
    return { code: 'action_failed', message: messageOf(error) };
  }
}
