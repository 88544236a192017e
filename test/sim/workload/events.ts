import type { SimRandom } from '../core/index.ts';
import type { FleetModel } from './fleet-model.ts';

/** An event by people or the world during a run. Its target is chosen when it happens, by its own random generator. */
export interface WorldEvent {
  readonly nth: number;
  readonly atMs: number;
  readonly kind: EventKind;
  readonly lastsMs: number;
  /** The address of the target machine; random if absent. */
  readonly host?: string;
  /** The content of a fixed commit; random if absent. */
  readonly commit?: { readonly what: string; readonly fleet: FleetModel };
}

/** Relative frequency of each kind. */
const weights = {
  commit: 26,
  ring: 4,
  restart: 2,
  kill: 4,
  'power-loss': 1,
  approve: 4,
  'reboot-machine': 2,
  'power-off-server': 1,
  'cut-network': 3,
  drift: 4,
  'machine-disk-full': 1,
  'node-check': 1,
  'delete-server': 1,
  'forge-down': 2,
  'forge-credentials': 1,
  'force-push': 1,
  'provider-token': 1,
  'sold-out': 1,
  'controller-disk-full': 2,
  'clock-jump': 2,
  'new-content': 1,
  'damaged-clone': 1,
  'second-controller': 1,
  'accept-loss': 1,
  'relabel-server': 1,
  'rename-server': 1,
  'rename-and-unlabel-server': 1,
  'rebuild-server': 1,
  'take-snapshot': 1,
  'restore-snapshot': 1,
  'resize-server': 1,
  'lock-server': 1,
  'protect-server': 1,
  'change-firewall': 1,
  'delete-key': 1,
  'toggle-plugin': 1,
  'switch-theme': 1,
  'change-title': 1,
  'change-admin-email': 1,
  'change-locale': 1,
  'write-post': 2,
  'break-front-page': 1,
  'edit-code': 1,
  'remove-directory': 1,
  'drop-database': 1,
  // Only in explicit histories: without any record a duplicate cannot be prevented.
  'lose-store': 0,
  // Only in explicit histories: controllers are updated once.
  'forget-servers': 0,
} as const;

export type EventKind = keyof typeof weights;

const kinds = (Object.keys(weights) as EventKind[]).flatMap((kind) =>
  Array.from({ length: weights[kind] }, () => kind),
);

const minuteMs = 60_000;

/** A sequence of events over the safety phase; each run omits some kinds completely. */
export function someEvents(random: SimRandom, safetyMs: number): readonly WorldEvent[] {
  const left = kinds.filter((kind) => kind === 'commit' || !random.fork(`leave ${kind}`).chance(0.5));
  return Array.from({ length: random.between(3, 14) }, (_, nth) => ({
    nth,
    atMs: random.between(0, safetyMs),
    kind: random.pick(left),
    lastsMs: random.pick([20_000, minuteMs, 4 * minuteMs, 11 * minuteMs]),
  }));
}
