import { queueOf } from '../../../src/lab/cloud/actions.ts';
import type { ActionCommand, StoredAction } from '../../../src/lab/cloud/model.ts';
import type { SimRandom, Timeline } from '../core/index.ts';
import type { ActionFate } from './model.ts';

/** What happens to an account when an action ends. */
export interface ActionEvents {
  /** Whether the action can have its effect, e.g. not on a defective server. */
  readonly isPossible: (action: StoredAction) => boolean;
  readonly effect: (action: StoredAction) => void;
  readonly ended: (action: StoredAction, end: ActionEnd) => void;
}

export interface ActionEnd {
  readonly isFailed: boolean;
  readonly hadEffect: boolean;
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
  stop_server: [1, 5],
  shutdown_server: [2, 20],
  reboot_server: [3, 20],
  reset_server: [2, 15],
  rebuild_server: [5, 40],
  delete_server: [1, 15],
  change_server_type: [10, 60],
  create_image: [20, 120],
  change_protection: [0, 1],
  set_firewall_rules: [1, 4],
  apply_firewall: [1, 6],
  remove_firewall: [1, 6],
};

/**
 * Longer than the wait of one attempt, and shorter than four attempts: each attempt waits for ten minutes, so a node is retried for an
 * hour, and one that is to be deleted for twenty minutes.
 */
const hangSeconds: Readonly<Record<'delete_server' | 'others', readonly [number, number]>> = {
  delete_server: [6 * 60, 15 * 60],
  others: [12 * 60, 40 * 60],
};

interface Job {
  readonly action: StoredAction;
  readonly fate: ActionFate;
}

/** Runs the actions of an account on the timeline: those of one server one after the other. */
export class SimActions {
  readonly #timeline: Timeline;
  readonly #random: SimRandom;
  readonly #events: ActionEvents;
  readonly #foretold = new Map<ActionCommand, Foretold[]>();
  /** Actions that wait for a running one. */
  readonly #queues = new Map<string, Job[]>();

  constructor(timeline: Timeline, random: SimRandom, events: ActionEvents) {
    this.#timeline = timeline;
    this.#random = random;
    this.#events = events;
  }

  /** Sets the outcome of the next action of this command, e.g. for a test. */
  foretell(command: ActionCommand, foretold: Foretold): void {
    this.#foretold.set(command, [...(this.#foretold.get(command) ?? []), foretold]);
  }

  /** Runs the actions of one request; the fate is that of the first. */
  launch(actions: readonly StoredAction[], fate: ActionFate): void {
    for (const [nth, action] of actions.entries()) {
      const job: Job = { action, fate: nth === 0 ? fate : 'success' };
      const waiting = this.#queues.get(queueOf(action));
      if (waiting !== undefined) waiting.push(job);
      else {
        this.#queues.set(queueOf(action), []);
        this.#run(job);
      }
    }
  }

  #run({ action, fate: drawn }: Job): void {
    const foretold = this.#foretold.get(action.command)?.shift();
    const fate = this.#events.isPossible(action) ? (foretold?.fate ?? drawn) : 'error-before';
    const workMs = foretold?.ms ?? this.#ms(durations[action.command]);
    const hangMs = fate === 'hangs' ? this.#ms(hangSecondsOf(action.command)) : 0;
    const isEffectEarly = fate === 'hangs' && this.#random.chance(0.5);
    if (isEffectEarly) this.#in(workMs, action, () => this.#events.effect(action));
    this.#in(Math.max(workMs, hangMs), action, () => {
      const hadEffect = fate !== 'error-before';
      if (hadEffect && !isEffectEarly) this.#events.effect(action);
      this.#events.ended(action, { isFailed: !hadEffect || fate === 'error-after', hadEffect });
      this.#next(action, hadEffect);
    });
  }

  #next(action: StoredAction, hadEffect: boolean): void {
    const key = queueOf(action);
    let waiting = this.#queues.get(key) ?? [];
    if (action.command === 'create_server' && !hadEffect) {
      // Nothing exists that could be started.
      const isStart = (job: Job) => job.action.command === 'start_server';
      for (const start of waiting.filter(isStart)) {
        this.#events.ended(start.action, { isFailed: true, hadEffect: false });
      }
      waiting = waiting.filter((job) => !isStart(job));
    }
    const [next, ...rest] = waiting;
    if (next === undefined) {
      this.#queues.delete(key);
      return;
    }
    this.#queues.set(key, rest);
    this.#run(next);
  }

  #in(ms: number, action: StoredAction, fire: () => void): void {
    this.#timeline.in(ms, `hetzner ${action.command} ${action.id}`, fire);
  }

  #ms([least, most]: readonly [number, number]): number {
    return this.#random.between(least * 1000, most * 1000);
  }
}

function hangSecondsOf(command: ActionCommand): readonly [number, number] {
  return command === 'delete_server' ? hangSeconds.delete_server : hangSeconds.others;
}
