import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action } from '../../src/fleet/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import { anyFleet, anyGuardedFleet, withConfig } from '../support/any-fleet.ts';
import { afterPlan } from '../support/apply-plan.ts';
import { acme, approve, now } from '../support/changing-fleet.ts';
import { commitSha } from '../support/fleet-builders.ts';

test('actions that a window, freeze or approval blocks run once they are unblocked, and nothing else happens before', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (input) => {
      const free = withConfig(input, {
        maintenance: { windows: [], freezes: [] },
        approvals: { risks: [], irreversible: false },
      });
      const wanted = plan(free);
      const guarded = plan(input);
      expect(guarded.digest).toBe(wanted.digest);
      const offered = new Set(guarded.actions.map(idOf));
      const held = new Set(
        guarded.blocked.flatMap(({ action }) => (action === undefined ? [] : [idOf(action)])),
      );
      for (const action of wanted.actions) {
        expect([
          action.id,
          offered.has(idOf(action)) || held.has(idOf(action)) || action.reason === 'RestorePoint',
        ]).toEqual([action.id, true]);
      }
      for (const action of guarded.actions) {
        expect(wanted.actions.map(idOf)).toContain(idOf(action));
        for (const id of action.dependsOn) expect(guarded.actions.map((other) => other.id)).toContain(id);
      }
      const again = afterPlan(input, guarded);
      const left = plan(again).actions.filter(
        ({ reason, kind }) => reason !== 'FinalBackup' && !kind.endsWith('.delete'),
      );
      expect(left).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('an action that is blocked until a time names one in the future, and runs then', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (any) => {
      const input = withConfig(any, { approvals: { risks: [], irreversible: false } });
      for (const { reason, notBefore, needsPerson, action } of plan(input).blocked) {
        if (reason !== 'MaintenanceWindow' && reason !== 'Freeze') continue;
        expect(needsPerson).toBe(notBefore === undefined);
        if (notBefore === undefined) continue;
        expect(Date.parse(notBefore)).toBeGreaterThan(now);
        const then = plan({ ...input, now: Date.parse(notBefore) });
        const stillHeld = then.blocked.find((item) => item.action?.id === action?.id);
        // A dependency may be blocked for longer.
        expect(stillHeld?.reason ?? 'WaitsFor').toBe('WaitsFor');
      }
    }),
    { numRuns: 150 },
  );
});

test('approving blocked actions unblocks exactly these', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (any) => {
      const input = withConfig(any, { maintenance: { windows: [], freezes: [] } });
      const planned = plan(input);
      const approved = plan(approve(input, planned));
      expect(approved.digest).toBe(planned.digest);
      expect(approved.blocked.filter(({ reason }) => reason === 'ApprovalRequired')).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('the digest does not depend on the clock or on past runs, and changes with the commit', () => {
  fc.assert(
    fc.property(anyFleet, fc.nat(), (input, later) => {
      const durations = [1, 2, 3].map((durationMs) => ({
        kind: 'environment.converge',
        resource: acme.ref,
        durationMs,
      }));
      const planned = plan(input);
      expect(plan({ ...input, now: now + later, recorded: { ...input.recorded, durations } }).digest).toBe(
        planned.digest,
      );
      const elsewhere = plan({ ...input, desired: { ...input.desired, commit: commitSha('another') } });
      expect(elsewhere.digest).not.toBe(planned.digest);
      const before = new Set(planned.actions.map((action) => action.digest));
      for (const { digest } of elsewhere.actions) expect(before.has(digest)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

function idOf({ id, digest }: Action): string {
  return `${id} ${digest}`;
}
