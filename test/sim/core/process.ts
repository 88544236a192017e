/** One life of a program on the controller. Killed, it does nothing more: what it still waits for never comes. */
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

  /** Calls back when the process is killed; returns a function that takes it back. */
  onDeath(told: () => void): () => void {
    this.#onDeath.add(told);
    return () => void this.#onDeath.delete(told);
  }
}

/** Thrown out of a synchronous call of a process that was killed in it; nobody who catches it can do anything any more. */
export class ProcessKilled extends Error {
  constructor(name: string) {
    super(`${name} was killed`);
    this.name = 'ProcessKilled';
  }
}

/** What a killed process waits for. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
