import type { ReadinessCheck } from './observed.ts';
import { checkEntries } from './reasons/check-reasons.ts';

type Found = Pick<ReadinessCheck, 'reason' | 'detail' | 'environment'>;

export function failingChecks(checks: readonly ReadinessCheck[]): readonly ReadinessCheck[] {
  return checks.filter((check) => !check.ok && check.severity === 'error');
}

/** `DiskLow`, `ServiceInactive (nginx)`. */
export function checkWords({ reason, detail }: Found): string {
  return detail === null ? reason : `${reason} (${detail})`;
}

/** Next step for a failing check. */
export function nextStepOfCheck({ reason, detail, environment }: Found): string {
  if (environment !== undefined)
    return `No action needed; the converge of environment/${environment} puts it right. If that fails: \`pressluft explain environment/${environment}\`.`;
  const { nextStep } = checkEntries[reason];
  return typeof nextStep === 'function' ? nextStep(detail ?? '…') : (nextStep ?? '');
}

/** Whether provisioning the node again can repair it. */
export function isRepairable({ reason }: Found): boolean {
  return checkEntries[reason].repairable;
}
