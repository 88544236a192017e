import type { Playbook } from '../../../src/ports/ansible.ts';
import type { SimProcess } from '../core/index.ts';

/** One ansible-playbook on a controller. It outlives the process that started it unless somebody ends it. */
export class PlayRun {
  readonly number: number;
  readonly process: SimProcess;
  /** Of its controller: the next process there ends what the last one left. */
  readonly stateDir: unknown;
  readonly playbook: Playbook;
  readonly environments: readonly string[];
  #ended = false;
  #died: () => void = () => undefined;
  /** What is at work on the node stops at its next step. */
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

  /** Tells when Ansible itself crashes. */
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

  /** What its module does on the node goes on to the end of the task; no further task begins. */
  end(): void {
    this.#ended = true;
  }
}
