import type { Followed } from '../../../src/adapters/git/followed.ts';
import type { Refs } from '../../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { Gate } from '../core/index.ts';
import type { SimClone } from './clone.ts';
import { diskFull } from './transport.ts';

/** The refs of the clone. Each update with a change is a crash point. */
export function simRefs(gate: Gate, clone: SimClone): Refs {
  return {
    get: (name) => clone.refs.get(name) ?? null,
    tips: () => new Set(clone.refs.values()),
    names: () => [...clone.refs.keys()],
    broken: false,
    update: async (changes) => {
      const needed = new Map<string, CommitSha | null>();
      for (const [name, value] of changes)
        if ((clone.refs.get(name) ?? null) !== value) needed.set(name, value);
      if (needed.size === 0) return;
      await gate.call('git.refs', {
        latencyMs: [0, 0],
        faults: ['disk-full'],
        effect: ({ fault }) => {
          if (fault === 'disk-full' || clone.diskFull) throw diskFull('update-ref');
          clone.move(needed);
        },
      });
      clone.synced();
    },
  };
}

/** The followed commits, stored beside the clone. */
export function simFollowed(gate: Gate, clone: SimClone): Followed {
  return {
    get: (ref) => clone.followed.get(ref) ?? null,
    set: async (tips) => {
      if ([...tips].every(([ref, tip]) => clone.followed.get(ref) === tip)) return;
      await gate.call('git.followed', {
        latencyMs: [0, 0],
        faults: ['disk-full'],
        effect: ({ fault }) => {
          if (fault === 'disk-full' || clone.diskFull) throw diskFull('followed');
          for (const [ref, tip] of tips) clone.followed.set(ref, tip);
        },
      });
    },
  };
}
