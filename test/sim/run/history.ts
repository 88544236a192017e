import type { Fault } from '../core/index.ts';
import type { WorldEvent } from '../workload/events.ts';
import { type EnvironmentModel, type FleetModel, newEnvironment } from '../workload/fleet-model.ts';

/** A commit at a time of a history. */
export function commitAt(nth: number, atMs: number, what: string, fleet: FleetModel): WorldEvent {
  return { nth, atMs, lastsMs: 0, kind: 'commit', commit: { what, fleet } };
}

/** An event by people or the world at a time. */
export function eventAt(nth: number, atMs: number, kind: WorldEvent['kind'], lastsMs = 60_000): WorldEvent {
  return { nth, atMs, lastsMs, kind };
}

export function fault(site: string, nth: number, kind: string): Fault {
  return { site, nth, kind };
}

export function withEnvironment(
  fleet: FleetModel,
  name: string,
  change: Partial<EnvironmentModel>,
): FleetModel {
  const environment = { ...newEnvironment('web-1'), ...change };
  return { ...fleet, environments: new Map([...fleet.environments, [name, environment]]) };
}

export function without(fleet: FleetModel, name: string): FleetModel {
  return { ...fleet, environments: new Map([...fleet.environments].filter(([other]) => other !== name)) };
}

/** The daemon is killed at that call. */
export function kill(when: 'before' | 'after', site: string, nth: number): Fault {
  return { site: `kill ${when} ${site}`, nth, kind: 'kill' };
}
