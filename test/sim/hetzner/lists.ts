import type { Listed } from '../../../src/lab/cloud/cloud.ts';
import type { CloudState, StoredServer } from '../../../src/lab/cloud/model.ts';
import type { SimRandom } from '../core/index.ts';

/** Delay of lists in seconds. */
const lagSeconds: readonly [number, number] = [1, 40];

/** What the lists of an account show: new resources may be missing, and deleted servers may still be there. */
export class LaggingLists {
  readonly #random: SimRandom;
  readonly #hiddenUntilMs = new Map<string, number>();
  #ghosts: { readonly server: StoredServer; readonly untilMs: number }[] = [];

  constructor(random: SimRandom) {
    this.#random = random;
  }

  lagMs(): number {
    return this.#random.between(lagSeconds[0] * 1000, lagSeconds[1] * 1000);
  }

  hide(collection: keyof Listed, id: number, untilMs: number): void {
    this.#hiddenUntilMs.set(`${collection} ${id}`, untilMs);
  }

  /** Lists still show a deleted server, in an earlier state. */
  remember(server: StoredServer, untilMs: number): void {
    this.#ghosts.push({ server, untilMs });
  }

  shown<C extends keyof Listed>(
    collection: C,
    all: readonly Listed[C][],
    nowMs: number,
  ): readonly (Listed[C] | StoredServer)[] {
    const known = all.filter(({ id }) => (this.#hiddenUntilMs.get(`${collection} ${id}`) ?? 0) <= nowMs);
    if (collection !== 'servers') return known;
    this.#ghosts = this.#ghosts.filter(({ untilMs }) => untilMs > nowMs);
    return [...known, ...this.#ghosts.map(({ server }) => server)];
  }

  /** An outdated replica may omit any of them. */
  withoutOne<T>(items: readonly T[]): readonly T[] {
    if (items.length === 0) return items;
    const omitted = this.#random.pick(items);
    return items.filter((item) => item !== omitted);
  }
}

export type Collection = keyof Listed;

export function membersOf(
  state: Readonly<CloudState>,
  collection: Collection,
): readonly Listed[Collection][] {
  return { servers: state.servers, firewalls: state.firewalls, ssh_keys: state.sshKeys }[collection];
}
