import type { World } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

/** At most one mutation of a node, and so of an environment, at a time. */
export function oneMutation(): Checker {
  const name = 'one mutation per node and per environment';
  let seen = -1;
  return {
    name,
    step: (world) => {
      const { intervals, open } = world.machines.audit;
      if (intervals.length === seen) return;
      seen = intervals.length;
      const working = new Map<string, string>();
      const wanting = new Map<string, string>();
      for (const { kind, host, by, run, playbook } of open) {
        const text = `run ${run} (${playbook} by ${by})`;
        if (kind === 'holds') {
          const other = working.get(host);
          if (other !== undefined)
            throw new Violation(name, `${host}: ${other} and ${text} at the same time`);
          working.set(host, text);
        }
        // Work that a killed daemon left running is serialised by the lock of the node; one daemon never starts two at once.
        if (kind === 'wants' && isWatched(world, run, by)) {
          const key = `${host} ${by}`;
          const other = wanting.get(key);
          if (other !== undefined)
            throw new Violation(name, `${host}: ${other} and ${text} at the same time`);
          wanting.set(key, text);
        }
      }
    },
  };
}

/** Whether a living daemon still watches the run; an abandoned run may continue on the node for a while. */
function isWatched({ lives, machines }: World, run: number, by: string): boolean {
  const watched = [...machines.runs].some(({ number, ended }) => number === run && !ended);
  return watched && lives.get(by)?.process.alive === true;
}
