import type { ReadinessCheck } from './observed.ts';
import { checkEntries } from './reasons/check-reasons.ts';

type Found = Pick<ReadinessCheck, 'reason' | 'detail'>;

export function failingChecks(checks: readonly ReadinessCheck[]): readonly ReadinessCheck[] {
  return checks.filter((check) => !check.ok && check.severity === 'error');
}

/** `DiskLow`, `ServiceInactive (nginx)`. */
export function checkWords({ reason, detail }: Found): string {
  return detail === null ? reason : `${reason} (${detail})`;
}

/** Next step for a failing check. */
export function nextStepOfCheck({ reason, detail }: Found): string {
  const { nextStep } = checkEntries[reason];
  return typeof nextStep === 'function' ? nextStep(detail ?? '…') : (nextStep ?? '');
}

/** Whether provisioning the node again can repair it. */
export function isRepairable({ reason }: Found): boolean {
  return checkEntries[reason].repairable;
}
