import type { Playbook } from '../../../src/ports/ansible.ts';
import type { SimProcess } from '../core/index.ts';

/** One ansible-playbook process on a controller. It outlives its parent unless it is ended explicitly. */
export class PlayRun {
  readonly number: number;
  readonly process: SimProcess;
  /** State directory of its controller: the next process there ends remaining runs. */
  readonly stateDir: unknown;
  readonly playbook: Playbook;
  readonly environments: readonly string[];
  #ended = false;
  #died: () => void = () => undefined;
  /** Work on the node stops at its next step. */
  stopsModule = false;

  constructor(made: Pick<PlayRun, 'number' | 'process' | 'stateDir' | 'playbook' | 'environments'>) {
    this.number = made.number;
    this.process = made.process;
    this.stateDir = made.stateDir;
    this.playbook = made.playbook;
    this.environments = made.environments;
  }

  get by(): string {
    return this.process.name;
  }

  /** Called when Ansible itself crashes. */
  onDeath(told: () => void): void {
    this.#died = told;
  }

  die(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#died();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The module on the node continues to the end of the task; no further task starts. */
  end(): void {
    this.#ended = true;
  }
}
