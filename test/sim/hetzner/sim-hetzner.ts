import { beginAction, finishAction, serverOf, takeEffect } from '../../../src/lab/cloud/actions.ts';
import { type Access, answer } from '../../../src/lab/cloud/answer.ts';
import type { ApiReply, Datacenter, Listed } from '../../../src/lab/cloud/cloud.ts';
import {
  type ActionCommand,
  type CloudState,
  emptyState,
  type StoredAction,
  type StoredServer,
} from '../../../src/lab/cloud/model.ts';
import { unavailable } from '../../../src/lab/cloud/orders.ts';
import {
  hetznerRateLimit,
  type RateLimitOptions,
  RequestBucket,
} from '../../../src/lab/cloud/request-bucket.ts';
import { lockingAction, serverStatus } from '../../../src/lab/cloud/views.ts';
import type { SimRandom, Timeline } from '../core/index.ts';
import { type ActionEnd, SimActions } from './actions.ts';
import { type AddressPool, addressPool } from './address-pool.ts';
import { actionFate } from './exchange-faults.ts';
import { SimHardware } from './hardware.ts';
import { type Collection, LaggingLists, membersOf } from './lists.ts';
import { LiveMap } from './live-map.ts';
import type { CloudMutation, SimFirewall, SimKey, SimMachines, SimServer } from './model.ts';

export type { Access } from '../../../src/lab/cloud/answer.ts';

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

/** A request of a process or a person that may send it. */
export interface SimRequest {
  readonly by: string;
  readonly method: string;
  /** Path and query below the endpoint. */
  readonly path: string;
  readonly body?: unknown;
  readonly fault?: string | null;
  /** The actions that it starts have ended when it is answered. */
  readonly isImmediate?: boolean;
}

/** Path without query, numbers as `{id}`. */
export function templateOf(path: string): string {
  return (path.split('?', 1)[0] ?? '').replaceAll(/\/\d+(?=\/|$)/g, '/{id}');
}

/** One project at Hetzner: its real state. Outlives every process; changes only in events of the timeline. */
export class SimHetzner {
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly tokens: Map<string, Access>;
  readonly bucket: RequestBucket;
  readonly actions: SimActions;
  readonly servers = new LiveMap<SimServer>(() => this.#state.servers.map((server) => this.#seen(server)));
  readonly firewalls = new LiveMap<SimFirewall>(() => this.#state.firewalls);
  readonly keys = new LiveMap<SimKey>(() => this.#state.sshKeys);
  /** Every change, in order. */
  readonly audit: CloudMutation[] = [];
  maxServers: number;
  /** New servers are missing in lists for this long. */
  hidesNewForMs = 0;
  /** No token is accepted until then. */
  refusesTokensUntilMs = 0;
  readonly #hardware: SimHardware;
  readonly #lists: LaggingLists;
  readonly #epochMs: number;
  readonly #soldOut = new Map<string, number>();
  /** Servers that lists still show once they are deleted, as they were when that was requested. */
  readonly #lingering = new Map<number, StoredServer>();
  // Ids of different types have nothing in common, so that a wrong one is never found.
  #state: CloudState = { ...emptyState(), nextId: { server: 1, firewall: 301, sshKey: 601, action: 1001 } };

  constructor(options: SimHetznerOptions) {
    this.timeline = options.timeline;
    this.random = options.random;
    this.tokens = new Map(Object.entries(options.tokens));
    this.bucket = new RequestBucket(options.bucket ?? hetznerRateLimit);
    this.actions = new SimActions(options.timeline, options.random.fork('actions'), {
      isPossible: (action) => !starting.has(action.command) || !this.isBroken(serverOf(action)),
      effect: (action) => this.#takeEffect(action),
      ended: (action, end) => this.#end(action, end),
    });
    this.maxServers = options.maxServers ?? 25;
    this.#hardware = new SimHardware(options.machines, options.addresses ?? addressPool());
    this.#lists = new LaggingLists(options.random);
    this.#epochMs = options.epochMs ?? Date.UTC(2026, 0, 5, 9);
  }

  get nowMs(): number {
    return this.timeline.nowMs;
  }

  get wallMs(): number {
    return this.#epochMs + this.nowMs;
  }

  isBroken(server: number | undefined): boolean {
    return server !== undefined && this.#hardware.broken.has(server);
  }

  isSoldOut(serverType: string, location: string): boolean {
    if (this.#soldOut.size === 0) return false;
    return [location, '*'].some((place) => (this.#soldOut.get(`${serverType} ${place}`) ?? 0) > this.nowMs);
  }

  /** Everywhere (`*`) or in one location. */
  sellOut(serverType: string, location = '*', forMs = Number.POSITIVE_INFINITY): void {
    this.#soldOut.set(`${serverType} ${location}`, this.nowMs + forMs);
  }

  restock(): void {
    this.#soldOut.clear();
  }

  /** Answers a request of somebody who may send it. Throws `ApiError`; a refused request changes nothing. */
  answer(request: SimRequest): ApiReply {
    const { method, path, body, fault = null } = request;
    const [route = '', query = ''] = path.split('?');
    // A draft, because a request may be refused halfway.
    const state = method === 'GET' ? this.#state : structuredClone(this.#state);
    const cloud = { state, nowMs: this.wallMs, datacenter: this.#datacenter(fault) };
    const reply = answer(cloud, { method, path: route, query: new URLSearchParams(query), body });
    if (method === 'GET') return reply;
    const before = this.#state;
    this.#state = state;
    this.#noteRequest(request, before);
    if (request.isImmediate === true) this.#finishNow(reply.started ?? []);
    else this.actions.launch(reply.started ?? [], actionFate(fault));
    return reply;
  }

  #datacenter(fault: string | null): Datacenter {
    return {
      serverLimit: () => (fault === 'limit' ? 0 : this.maxServers),
      isSoldOut: (serverType, location) => this.isSoldOut(serverType, location),
      boots: () => true,
      place: (serverType, location) => {
        if (fault === 'sold-out')
          this.sellOut(serverType, location, this.random.between(60_000, 20 * 60_000));
        const ipv4 = this.isSoldOut(serverType, location) ? null : this.#hardware.addresses.take();
        if (ipv4 === null) throw unavailable(serverType, location);
        return ipv4;
      },
      listed: <C extends keyof Listed>(collection: C, all: readonly Listed[C][]) => {
        const shown = this.#lists.shown(collection, all, this.nowMs) as readonly Listed[C][];
        return fault === 'list-omits' ? this.#lists.withoutOne(shown) : shown;
      },
    };
  }

  /** Records a change in the audit; `path` is its route, and the resource is as it was before. */
  note(by: string, method: string, path: string, resource: Listed[keyof Listed]): void {
    const { id, name, labels } = resource;
    this.audit.push({ atMs: this.nowMs, by, method, path, id, name, labels });
  }

  /** Somebody makes an image of a server: until it is unlocked, every change of it is refused. */
  lock(server: number): void {
    const cloud = { state: this.#state, nowMs: this.wallMs };
    beginAction(cloud, 'create_image', [{ id: server, type: 'server' }]);
  }

  unlock(server: number): void {
    const isImage = (action: StoredAction) =>
      action.command === 'create_image' && action.status === 'running' && serverOf(action) === server;
    for (const { id } of this.#state.actions.filter(isImage)) {
      finishAction(this.#state, id, this.wallMs, undefined);
    }
  }

  /** Makes lists lag behind a request, too. */
  #noteRequest({ by, method, path, fault }: SimRequest, before: CloudState): void {
    const [, collection = '', id] = path.split('?', 1)[0]?.split('/') ?? [];
    const isNew = id === undefined;
    const members = membersOf(isNew ? this.#state : before, collection as Collection);
    const resource = isNew ? members.at(-1) : members.find((member) => String(member.id) === id);
    if (resource === undefined) return;
    this.note(by, method, templateOf(path), resource);
    const hiddenMs = collection === 'servers' ? this.hidesNewForMs : 0;
    if (isNew && (hiddenMs > 0 || fault === 'list-lags')) {
      const lagMs = fault === 'list-lags' ? this.#lists.lagMs() : hiddenMs;
      this.#lists.hide(collection as Collection, resource.id, this.nowMs + lagMs);
    }
    const server = before.servers.find((other) => other === resource);
    if (fault === 'still-listed' && server !== undefined) this.#lingering.set(server.id, server);
  }

  #finishNow(actions: readonly StoredAction[]): void {
    for (const action of actions) {
      this.#takeEffect(action);
      this.#end(action, { isFailed: false, hadEffect: true });
    }
  }

  #takeEffect(action: StoredAction): void {
    const server = this.#state.servers.find(({ id }) => id === serverOf(action));
    if (server === undefined) return;
    this.#hardware.carryOut(action, this.#seen(server));
    takeEffect(this.#state, action);
    const lingering = action.command === 'delete_server' ? this.#lingering.get(server.id) : undefined;
    if (lingering !== undefined) this.#lists.remember(lingering, this.nowMs + this.#lists.lagMs());
  }

  #end(action: StoredAction, { isFailed, hadEffect }: ActionEnd): void {
    const failure = isFailed ? { code: 'action_failed', message: 'Action failed' } : undefined;
    finishAction(this.#state, action.id, this.wallMs, failure);
    if (action.command !== 'create_server' || hadEffect) return;
    const server = serverOf(action);
    if (server !== undefined && this.random.chance(0.5)) this.#hardware.broken.add(server);
  }

  #seen(server: StoredServer): SimServer {
    const state = this.#state;
    const { ipv4 } = server;
    if (ipv4 === null) throw new Error(`server ${server.id} has no address`);
    const lockedBy = lockingAction(state, server.id)?.id ?? null;
    return { ...server, ipv4, status: serverStatus(state, server), lockedBy };
  }
}

/** Actions that end with a running server. */
const starting: ReadonlySet<ActionCommand> = new Set([
  'start_server',
  'reboot_server',
  'reset_server',
  'rebuild_server',
  'change_server_type',
]);
