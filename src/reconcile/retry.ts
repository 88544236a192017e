import { errors } from '../fleet/error-catalogue.ts';
import { rfc3339 } from '../fleet/instant.ts';
import type { Action, Plan } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import { type Block, because, blockActions } from '../plan/block-actions.ts';
import type { RetryState } from '../ports/store.ts';

const minuteMs = 60_000;

/** Pauses after the first, second and third failure; after the fourth the resource is stalled. */
export const retryDelaysMs: readonly number[] = [1 * minuteMs, 5 * minuteMs, 15 * minuteMs];

/** Random share that is added to each pause, so that many retries do not start at the same time. */
const jitter = 0.1;

export function afterFailure(
  previous: RetryState | undefined,
  failure: {
    readonly action: Action;
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly retriable: boolean;
    readonly afterMs: number | null;
  },
  now: number,
  random: number,
): RetryState {
  const { action, code, message, hint } = failure;
  const failures = previous?.digest === action.desiredDigest ? previous.failures + 1 : 1;
  const delay = failure.retriable ? retryDelaysMs[failures - 1] : undefined;
  const pause = delay === undefined ? Number.POSITIVE_INFINITY : delay * (1 + jitter * random);
  return {
    resource: action.resource,
    digest: action.desiredDigest,
    failures,
    nextAttemptAt: now + Math.max(pause, delay === undefined ? 0 : (failure.afterMs ?? 0)),
    code,
    message,
    hint,
  };
}

/**
 * Blocks actions whose last failure is too recent, with their dependents and the restore points that no other action needs.
 * An action with a changed desired digest is tried at once.
 */
export function admit(plan: Plan, retries: readonly RetryState[], now: number): Plan {
  const waiting = new Map(
    retries.filter((retry) => retry.nextAttemptAt > now).map((retry) => [retry.resource, retry]),
  );
  const admitted = blockActions(plan, ({ resource, desiredDigest, reason }) => {
    const retry = waiting.get(resource);
    // The approval of a loss answers exactly this failure.
    if (retry?.code === errors.dataMissing && reason === 'DataMissing') return null;
    return retry?.digest === desiredDigest ? backingOff(retry) : null;
  });
  return admitted === plan ? plan : { ...plan, ...admitted };
}

/** Whether only another desired state, or an operator who insists, justifies another attempt: each one takes the site down for a moment. */
export function needsForce({ code }: RetryState): boolean {
  return code === errors.releaseSwitchedBack;
}

function backingOff(retry: RetryState): Block {
  const { code, message, hint, nextAttemptAt } = retry;
  const words = `${code}: ${message}`;
  if (needsForce(retry))
    return because('ReleaseSwitchedBack', words, hint ?? reasons.ReleaseSwitchedBack.nextStep);
  return nextAttemptAt === Number.POSITIVE_INFINITY
    ? because('Stalled', words, hint ?? reasons.Stalled.nextStep)
    : {
        ...because('BackingOff', words, hint ?? reasons.BackingOff.nextStep),
        notBefore: rfc3339(nextAttemptAt),
      };
}
