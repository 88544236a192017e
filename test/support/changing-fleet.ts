import type { FleetConfig } from '../../src/fleet/config.ts';
import type { MaintenanceWindow } from '../../src/fleet/maintenance.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import type { Approval } from '../../src/fleet/recorded.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { convergedFleet, planInput } from './apply-plan.ts';
import { type DesiredParts, desiredEnvironment, desiredFleet, testAt } from './fleet-builders.ts';

export const acme = desiredEnvironment('acme');
export const upgraded = { ...acme, wordpress: { ...acme.wordpress, version: '7.2' } };
export const moreMemory = { ...acme, php: { ...acme.php, memoryLimit: '512M' } };
export const newPhp = { ...acme, php: { ...acme.php, version: '8.3' } };
export const now = Date.parse(testAt);

/** A plan for a converged fleet whose only environment changes. */
export function changing(
  after: typeof acme,
  config: Partial<FleetConfig> = {},
  parts: DesiredParts = {},
): PlanInput {
  return planInput({
    desired: desiredFleet({ environments: [after], config, ...parts }),
    observed: convergedFleet(desiredFleet({ environments: [acme] })),
  });
}

export const nights: MaintenanceWindow = {
  name: 'nights',
  start: { cron: '0 2 * * *', timezone: 'Europe/Berlin' },
  durationMs: 7_200_000,
  risks: ['downtime', 'data'],
  types: ['production'],
  overrun: 'finish',
};
export const windows = (...list: readonly MaintenanceWindow[]) => ({
  maintenance: { windows: list, freezes: [] },
});

/** The same input with an approval of all actions that a plan blocks. */
export function approve(input: PlanInput, planned: Plan): PlanInput {
  const actions = planned.blocked.flatMap(({ action }) => action?.digest ?? []);
  const approval: Approval = { plan: planned.digest, actions, by: 'Ada', at: testAt };
  return { ...input, recorded: { ...input.recorded, approvals: [approval] } };
}
