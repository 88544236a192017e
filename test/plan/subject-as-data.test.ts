import fc from 'fast-check';
import { test } from 'vitest';
import type { Action } from '../../src/fleet/plan.ts';
import type { BlockedReason } from '../../src/fleet/reasons.ts';
import { plan } from '../../src/plan/plan.ts';
import { anyGuardedFleet } from '../support/any-fleet.ts';

test('no message names the resource that it is about, so that the same of many resources reads the same', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (input) => {
      const { actions, blocked } = plan(input);
      const texts = [
        ...[...actions, ...blocked.flatMap(({ action }) => action ?? [])].map(textsOfAction),
        ...blocked
          .filter(({ reason }) => !namesAnother.has(reason))
          .map(({ resource, message, nextStep }) => [resource, message, nextStep] as const),
      ];
      for (const [resource, ...said] of texts) {
        const words = said.flatMap((text) => text.split(/[^\w-]+/));
        if (words.includes(resource.slice(resource.indexOf('/') + 1)))
          throw new Error(`${resource}: ${said.join(' | ')}`);
      }
    }),
    { numRuns: 300 },
  );
});

/** The source of a clone, which is the environment itself where sources go in a circle. */
const namesAnother: ReadonlySet<BlockedReason> = new Set<BlockedReason>(['SourceMissing', 'WaitsFor']);

function textsOfAction({ resource, message, undo }: Action): readonly [string, ...string[]] {
  return [resource, message, undo.lost ?? ''];
}
