import type { SimRandom } from './random.ts';

/** An event at a point of virtual time. */
export interface Happening {
  readonly atMs: number;
  readonly label: string;
  cancel(): void;
}

interface Entry {
  readonly atMs: number;
  readonly tie: number;
  readonly order: number;
  readonly label: string;
  fire: (() => void) | null;
}

// Saved before anything can replace it: a turn of the real event loop, to wait until all promises have run.
const { setImmediate: afterMicrotasks } = globalThis;

/**
 * Virtual time. The seed chooses the order of events at the same time. Code that an event wakes runs until it waits again, before the
 * next event. So the order of all events depends on the seed only.
 */
export class Timeline {
  readonly #random: SimRandom;
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #order = 0;
  #fired = 0;

  constructor(random: SimRandom) {
    this.#random = random;
  }

  /** Milliseconds since the beginning of the world. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Number of past events. */
  get fired(): number {
    return this.#fired;
  }

  /** Number of pending events. */
  get pending(): number {
    return this.#heap.length;
  }

  in(delayMs: number, label: string, fire: () => void): Happening {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const entry: Entry = { atMs, tie: this.#random.float(), order: this.#order++, label, fire };
    push(this.#heap, entry);
    return {
      atMs,
      label,
      cancel: () => {
        entry.fire = null;
      },
    };
  }

  /** For parts of the world (machines, providers): processes sleep on their own clock, which ends with them. */
  sleep(ms: number, label = 'world'): Promise<void> {
    return new Promise((resolve) => void this.in(ms, label, resolve));
  }

  /** Runs events until `done`, or until none is left, or until `untilMs`; `afterEach` is called after each event. */
  async run(untilMs: number, done: () => boolean, afterEach: (label: string) => void): Promise<void> {
    await allTurns();
    while (!done()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, Math.min(untilMs, Number.MAX_SAFE_INTEGER));
        return;
      }
      pop(this.#heap);
      if (next.fire === null) continue;
      this.#nowMs = next.atMs;
      this.#fired += 1;
      next.fire();
      await allTurns();
      afterEach(next.label);
    }
  }
}

function allTurns(): Promise<void> {
  return new Promise((resolve) => void afterMicrotasks(resolve));
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  return a.tie === b.tie ? a.order < b.order : a.tie < b.tie;
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, above)) return;
    at = above;
  }
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const smaller = isLess(heap, right, left) ? right : left;
    if (!swapIfBefore(heap, smaller, at)) return;
    at = smaller;
  }
}

function isLess(heap: readonly Entry[], a: number, b: number): boolean {
  const [one, other] = [heap[a], heap[b]];
  return one !== undefined && other !== undefined && isBefore(one, other);
}

function swapIfBefore(heap: Entry[], a: number, b: number): boolean {
  const [one, other] = [heap[a], heap[b]];
  if (one === undefined || other === undefined || !isBefore(one, other)) return false;
  heap[a] = other;
  heap[b] = one;
  return true;
}
