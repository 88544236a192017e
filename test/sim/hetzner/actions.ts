import type { SimRandom, Timeline } from '../core/index.ts';
import type { ActionCommand, ActionFate, SimAction } from './model.ts';

export interface ActionWork {
  readonly fate: ActionFate;
  readonly effect: () => void;
  /** Called when it has ended, with whether it had its effect. */
  readonly ended: (hadEffect: boolean) => void;
}

/** Predefined properties of an action; the rest is random. */
export interface Foretold {
  readonly fate?: ActionFate;
  readonly ms?: number;
}

/** Duration of an action in seconds, minimum and maximum. */
const durations: Readonly<Record<ActionCommand, readonly [number, number]>> = {
  create_server: [3, 30],
  start_server: [2, 15],
  delete_server: [1, 15],
  set_firewall_rules: [1, 4],
  apply_firewall: [1, 6],
};

/**
 * Longer than the wait of one attempt, and shorter than four attempts: each attempt waits for ten minutes, so a node is retried for an
 * hour, and one that is to be deleted for twenty minutes.
 */
const hangSeconds: Readonly<Record<'delete_server' | 'others', readonly [number, number]>> = {
  delete_server: [6 * 60, 15 * 60],
  others: [12 * 60, 40 * 60],
};

/** The asynchronous operations of an account. */
export class SimActions {
  readonly #timeline: Timeline;
  readonly #random: SimRandom;
  readonly #all = new Map<number, SimAction>();
  readonly #foretold = new Map<ActionCommand, Foretold[]>();
  #nextId = 1001;

  constructor(timeline: Timeline, random: SimRandom) {
    this.#timeline = timeline;
    this.#random = random;
  }

  get(id: number): SimAction | undefined {
    return this.#all.get(id);
  }

  ofServer(id: number): readonly SimAction[] {
    return [...this.#all.values()].filter((action) =>
      action.resources.some((resource) => resource.type === 'server' && resource.id === id),
    );
  }

  /** Sets the outcome of the next action of this command, e.g. for a test. */
  foretell(command: ActionCommand, foretold: Foretold): void {
    this.#foretold.set(command, [...(this.#foretold.get(command) ?? []), foretold]);
  }

  /** A running action that has no effect before {@link run}. */
  open(command: ActionCommand, resources: SimAction['resources']): SimAction {
    const action: SimAction = {
      id: this.#nextId++,
      command,
      startedMs: this.#timeline.nowMs,
      resources,
      status: 'running',
      endsMs: null,
      finishedMs: null,
      error: null,
    };
    this.#all.set(action.id, action);
    return action;
  }

  run(action: SimAction, work: ActionWork): void {
    const foretold = this.#foretold.get(action.command)?.shift();
    const fate = foretold?.fate ?? work.fate;
    const workMs = foretold?.ms ?? this.#ms(durations[action.command]);
    const hangMs = fate === 'hangs' ? this.#ms(hangSecondsOf(action.command)) : 0;
    action.endsMs = this.#timeline.nowMs + Math.max(workMs, hangMs);
    const isEffectEarly = fate === 'hangs' && this.#random.chance(0.5);
    if (isEffectEarly) this.#in(workMs, action, work.effect);
    this.#in(Math.max(workMs, hangMs), action, () => {
      const hasEffect = fate !== 'error-before';
      if (hasEffect && !isEffectEarly) work.effect();
      this.end(action, fate === 'error-before' || fate === 'error-after');
      work.ended(hasEffect);
    });
  }

  end(action: SimAction, isFailed: boolean): void {
    action.status = isFailed ? 'error' : 'success';
    action.finishedMs = this.#timeline.nowMs;
    if (isFailed) action.error = { code: 'action_failed', message: 'Action failed' };
  }

  #in(ms: number, action: SimAction, fire: () => void): void {
    this.#timeline.in(ms, `hetzner ${action.command} ${action.id}`, fire);
  }

  #ms([least, most]: readonly [number, number]): number {
    return this.#random.between(least * 1000, most * 1000);
  }
}

function hangSecondsOf(command: ActionCommand): readonly [number, number] {
  return command === 'delete_server' ? hangSeconds.delete_server : hangSeconds.others;
}
