/** One life of a program on the controller. After a kill it does nothing more: its pending promises never settle. */
export class SimProcess {
  readonly name: string;
  readonly startedAtMs: number;
  #alive = true;
  readonly #onDeath = new Set<() => void>();

  constructor(name: string, startedAtMs: number) {
    this.name = name;
    this.startedAtMs = startedAtMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const told of this.#onDeath) told();
    this.#onDeath.clear();
  }

  /** Calls back when the process is killed; returns a function that removes the callback. */
  onDeath(told: () => void): () => void {
    this.#onDeath.add(told);
    return () => void this.#onDeath.delete(told);
  }
}

/** Thrown by a synchronous call in which the process was killed; code that catches it can have no effect. */
export class ProcessKilled extends Error {
  constructor(name: string) {
    super(`${name} was killed`);
    this.name = 'ProcessKilled';
  }
}

/** A promise that never settles, for killed processes. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
