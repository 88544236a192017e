import { errors } from '../../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../../fleet/errors.ts';
import type { Clock } from '../../ports/clock.ts';

export interface ReachabilityOptions {
  readonly clock: Clock;
  /** One attempt to log in; throws as {@link MachineShell.run} does. */
  readonly attempt: (timeoutMs: number) => Promise<void>;
  readonly timeoutMs: number;
  /** How long a refused key is retried: cloud-init installs it after SSH has started. */
  readonly authGraceMs: number;
  readonly signal?: AbortSignal;
}

const firstPauseMs = 250;
const longestPauseMs = 2000;
const longestAttemptMs = 20_000;

/**
 * Tries again while the machine does not answer, refuses connections, or (for a limited time) refuses the key. A wrong host key fails
 * at once. Throws PL4020, PL4021, PL4022, PL3015.
 */
export async function waitUntilReachable(options: ReachabilityOptions): Promise<void> {
  const { clock, signal } = options;
  const deadline = clock.monotonic() + options.timeoutMs;
  let refusedSince: number | undefined;

  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    const failure = await attemptOnce(options, deadline - clock.monotonic());
    if (failure === undefined) return;
    const now = clock.monotonic();
    refusedSince = failure.code === errors.nodeRefusedKey ? (refusedSince ?? now) : undefined;
    if (refusedSince !== undefined && now - refusedSince >= options.authGraceMs) throw failure;
    if (now >= deadline) throw timeOver(options, failure);
    await clock.sleep(Math.min(pauseMs, deadline - now), signal).catch((cause: unknown) => {
      throw new PressluftError(errors.cancelled, 'Waiting for a node was cancelled', { cause });
    });
  }
}

/** A temporary failure, or nothing on success; throws any other failure. */
async function attemptOnce(
  options: ReachabilityOptions,
  remainingMs: number,
): Promise<PressluftError | undefined> {
  try {
    await options.attempt(Math.max(1000, Math.min(longestAttemptMs, remainingMs)));
    return undefined;
  } catch (error) {
    const mayPass =
      isPressluftError(error, errors.nodeUnreachable) ||
      isPressluftError(error, errors.nodeRefusedKey) ||
      isPressluftError(error, errors.processTimedOut);
    if (mayPass) return error as PressluftError;
    throw error;
  }
}

function timeOver(options: ReachabilityOptions, last: PressluftError): PressluftError {
  if (last.code === errors.nodeRefusedKey) return last;
  const seconds = Math.round(options.timeoutMs / 1000);
  return new PressluftError(
    errors.nodeUnreachable,
    `SSH did not answer within ${seconds} s; at last: ${last.message}`,
    {
      ...(last.hint === undefined ? {} : { hint: last.hint }),
      cause: last,
    },
  );
}
