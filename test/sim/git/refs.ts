import type { Refs } from '../../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { Gate } from '../core/index.ts';
import type { SimClone } from './clone.ts';
import { diskFull } from './transport.ts';

/** The refs of the clone. Each update that moves anything can be the last thing that a process did. */
export function simRefs(gate: Gate, clone: SimClone): Refs {
  return {
    get: (name) => clone.refs.get(name) ?? null,
    tips: () => new Set(clone.refs.values()),
    names: () => [...clone.refs.keys()],
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
