import {
  hetznerRateLimit,
  type RateLimitOptions,
  RequestBucket,
} from '../../../src/lab/api/request-bucket.ts';
import type { SimRandom, Timeline } from '../core/index.ts';
import { SimActions } from './actions.ts';
import { type AddressPool, addressPool } from './address-pool.ts';
import type { CloudMutation, Labels, SimFirewall, SimKey, SimMachines, SimServer } from './model.ts';

export type Access = 'read-write' | 'read';

export interface SimHetznerOptions {
  readonly timeline: Timeline;
  /** Its own random generator. */
  readonly random: SimRandom;
  readonly machines: SimMachines;
  /** Permission of each token. */
  readonly tokens: Readonly<Record<string, Access>>;
  readonly addresses?: AddressPool;
  readonly bucket?: RateLimitOptions;
  /** Server limit of the project; default 25. */
  readonly maxServers?: number;
  /** Wall clock of the provider at the beginning of the world. */
  readonly epochMs?: number;
}

/** One project at Hetzner: its real state. Outlives every process; changes only in events of the timeline. */
export class SimHetzner {
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly machines: SimMachines;
  readonly tokens: Map<string, Access>;
  readonly addresses: AddressPool;
  readonly bucket: RequestBucket;
  readonly actions: SimActions;
  readonly servers = new Map<number, SimServer>();
  readonly firewalls = new Map<number, SimFirewall>();
  readonly keys = new Map<number, SimKey>();
  /** Every change, in order. */
  readonly audit: CloudMutation[] = [];
  maxServers: number;
  /** New servers are missing in lists for this long. */
  hidesNewForMs = 0;
  /** No token is accepted until then. */
  refusesTokensUntilMs = 0;
  readonly #epochMs: number;
  readonly #soldOut = new Map<string, number>();
  #ghosts: { readonly server: SimServer; readonly untilMs: number }[] = [];
  #nextId = 1;

  constructor(options: SimHetznerOptions) {
    this.timeline = options.timeline;
    this.random = options.random;
    this.machines = options.machines;
    this.tokens = new Map(Object.entries(options.tokens));
    this.addresses = options.addresses ?? addressPool();
    this.bucket = new RequestBucket(options.bucket ?? hetznerRateLimit);
    this.actions = new SimActions(options.timeline, options.random.fork('actions'));
    this.maxServers = options.maxServers ?? 25;
    this.#epochMs = options.epochMs ?? Date.UTC(2026, 0, 5, 9);
  }

  get nowMs(): number {
    return this.timeline.nowMs;
  }

  wallMs(atMs: number): number {
    return this.#epochMs + atMs;
  }

  /** Ids are unique over all resource types. */
  nextId(): number {
    return this.#nextId++;
  }

  note(
    by: string,
    method: string,
    path: string,
    { id, name, labels }: { readonly id: number; readonly name: string; readonly labels: Labels },
  ): void {
    this.audit.push({ atMs: this.nowMs, by, method, path, id, name, labels });
  }

  serverNamed(name: string): SimServer | undefined {
    return [...this.servers.values()].find((server) => server.name === name);
  }

  /** Servers as in lists: new ones may be missing, and deleted ones may still be listed. */
  listedServers(): readonly SimServer[] {
    this.#ghosts = this.#ghosts.filter(({ untilMs }) => untilMs > this.nowMs);
    const shown = [...this.servers.values()].filter(({ listedFromMs }) => listedFromMs <= this.nowMs);
    if (this.#ghosts.length === 0) return shown;
    return [...shown, ...this.#ghosts.map(({ server }) => server)].sort((a, b) => a.id - b.id);
  }

  /** Lists still show a deleted server. */
  remember(server: SimServer, forMs: number): void {
    this.#ghosts.push({ server, untilMs: this.nowMs + forMs });
  }

  isSoldOut(serverType: string, location: string): boolean {
    return [location, '*'].some((place) => (this.#soldOut.get(`${serverType} ${place}`) ?? 0) > this.nowMs);
  }

  isAnythingSoldOut(): boolean {
    return this.#soldOut.size > 0;
  }

  /** Everywhere (`*`) or in one location. */
  sellOut(serverType: string, location = '*', forMs = Number.POSITIVE_INFINITY): void {
    this.#soldOut.set(`${serverType} ${location}`, this.nowMs + forMs);
  }

  restock(): void {
    this.#soldOut.clear();
  }
}
