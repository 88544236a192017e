import { describe, expect, it } from 'vitest';
import { waitUntilReachable } from '../../../src/adapters/ssh/wait-until-reachable.ts';
import { type ErrorCode, errors, errorsByCode } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';

/** Results of successive attempts (null: success), on a clock that only sleeping advances. */
function world(answers: readonly (ErrorCode | null)[]) {
  let now = 0;
  let attempts = 0;
  const pauses: number[] = [];
  const wait = (timeoutMs: number, authGraceMs = 10_000) =>
    waitUntilReachable({
      timeoutMs,
      authGraceMs,
      clock: {
        now: () => now,
        monotonic: () => now,
        sleep: async (ms) => {
          pauses.push(ms);
          now += ms;
        },
      },
      attempt: async () => {
        const code = answers[Math.min(attempts, answers.length - 1)] ?? null;
        attempts += 1;
        if (code !== null) throw new PressluftError(code, errorsByCode[code].title);
      },
    });
  return { wait, pauses, attempts: () => attempts };
}

describe('waitUntilReachable', () => {
  it('tries again with growing pauses until the machine answers', async () => {
    const { wait, pauses } = world([
      errors.nodeUnreachable,
      errors.nodeUnreachable,
      errors.processTimedOut,
      errors.nodeRefusedKey,
      null,
    ]);
    await wait(60_000);
    expect(pauses).toEqual([250, 375, 562.5, 843.75]);
  });

  it('pauses two seconds at most', async () => {
    const { wait, pauses } = world([errors.nodeUnreachable]);
    await expect(wait(30_000)).rejects.toMatchObject({ code: errors.nodeUnreachable });
    expect(Math.max(...pauses)).toBe(2000);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(30_000);
  });

  it('fails at once on a wrong host key and on any unexpected error', async () => {
    for (const code of [errors.nodeHostKeyMismatch, errors.programMissing, errors.cancelled] as const) {
      const { wait, attempts } = world([code]);
      await expect(wait(60_000)).rejects.toMatchObject({ code });
      expect(attempts()).toBe(1);
    }
  });

  it('retries a refused key no longer than the grace period', async () => {
    const { wait, pauses } = world([errors.nodeRefusedKey]);
    await expect(wait(600_000, 5000)).rejects.toMatchObject({ code: errors.nodeRefusedKey });
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThan(8000);
  });
});
