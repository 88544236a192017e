import type { SimRandom } from './random.ts';

/** One fault, identified by its call: the `nth` (from 0) call of a site. */
export interface Fault {
  readonly site: string;
  readonly nth: number;
  readonly kind: string;
}

/** Decides which calls fail. */
export interface FaultSource {
  /** One of `kinds`, or null. Called once per call of a site, in the order of the calls. */
  decide(site: string, nth: number, kinds: readonly string[]): string | null;
}

export const noFaults: FaultSource = { decide: () => null };

/** Exactly these faults, e.g. of a run that is replayed or shrunk. */
export function theseFaults(faults: readonly Fault[]): FaultSource {
  const byCall = new Map(faults.map((fault) => [`${fault.site}#${fault.nth}`, fault.kind]));
  return {
    decide: (site, nth, kinds) => {
      const kind = byCall.get(`${site}#${nth}`);
      return kind !== undefined && kinds.includes(kind) ? kind : null;
    },
  };
}

/**
 * Random faults. Each run draws the probability of each kind at each site, and whether it happens at all (swarm testing): runs with
 * different kinds of faults find more bugs than runs with an equal mix of all.
 */
export function randomFaults(random: SimRandom, intensity: number): FaultSource {
  const chanceOf = (site: string, kind: string) => {
    const own = random.fork(`${site} ${kind}`);
    return own.chance(0.35) ? own.float() ** 2 * intensity : 0;
  };
  const sites = new Map<string, { readonly draw: SimRandom; readonly chances: Map<string, number> }>();
  const siteOf = (site: string) => {
    const own = { draw: random.fork(`draw ${site}`), chances: new Map<string, number>() };
    sites.set(site, own);
    return own;
  };
  return {
    decide: (site, _nth, kinds) => {
      const { draw, chances } = sites.get(site) ?? siteOf(site);
      let dice = draw.float();
      for (const kind of kinds) {
        let chance = chances.get(kind);
        if (chance === undefined) {
          chance = chanceOf(site, kind);
          chances.set(kind, chance);
        }
        if (dice < chance) return kind;
        dice -= chance;
      }
      return null;
    },
  };
}

/** Records the faults of a run, so that it can be reported, replayed and shrunk. */
export interface FaultLog extends FaultSource {
  readonly struck: readonly Fault[];
  /** Stops all faults: start of the liveness phase. */
  end(): void;
}

export function faultLog(source: FaultSource): FaultLog {
  const struck: Fault[] = [];
  let ended = false;
  return {
    struck,
    decide: (site, nth, kinds) => {
      const kind = kinds.length === 0 ? null : source.decide(site, nth, kinds);
      if (kind === null || ended) return null;
      struck.push({ site, nth, kind });
      return kind;
    },
    end: () => {
      ended = true;
    },
  };
}
