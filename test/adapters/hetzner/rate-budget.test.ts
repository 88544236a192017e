import { describe, expect, it } from 'vitest';
import { RateBudget } from '../../../src/adapters/hetzner/rate-budget.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function headers(limit: number, remaining: number, resetSeconds: number, date?: Date) {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
    ...(date === undefined ? {} : { date: date.toUTCString() }),
  };
}

/** A budget that has just learned that `remaining` of 3600 are left, refilling one a second. */
async function budgetWith(remaining: number) {
  const clock = new VirtualClock({ autoAdvanceUpToMs: 1_000_000 });
  const budget = new RateBudget(clock);
  await budget.take('normal');
  budget.settle(headers(3600, remaining, clock.now() / 1000 + (3600 - remaining)));
  return { clock, budget };
}

describe('the rate-limit budget', () => {
  it('delays nothing until the provider has reported its limits', async () => {
    const clock = new VirtualClock();
    const budget = new RateBudget(clock);
    for (let i = 0; i < 100; i++) {
      await budget.take('normal');
      budget.settle(null);
    }
    expect(budget.waitMs()).toBeUndefined();
  });

  it('lets bursts through while more than a fifth of the budget is left', async () => {
    const { clock, budget } = await budgetWith(900);
    for (let i = 0; i < 150; i++) await budget.take('normal');
    expect(clock.monotonic()).toBe(0);
  });

  it('spreads requests to the pace of the refill when the budget is low', async () => {
    const { clock, budget } = await budgetWith(500);
    await Promise.all(Array.from({ length: 10 }, () => budget.take('normal')));
    expect(clock.monotonic()).toBeCloseTo(9_000, -2);
  });

  it('does not wait for hours because a provider says so, even with the reserve', async () => {
    const clock = new VirtualClock();
    const budget = new RateBudget(clock);
    await budget.take('normal');
    budget.settle(headers(1, 0, clock.now() / 1000 + 999_999));
    for (const priority of ['normal', 'reserved'] as const) {
      await expect(budget.take(priority)).rejects.toMatchObject({
        code: errors.rateLimited,
        retry: { kind: 'after' },
      });
    }
  });

  it('keeps the last percent for deletes: normal requests wait, reserved ones do not', async () => {
    const { clock, budget } = await budgetWith(40);
    for (let i = 0; i < 20; i++) await budget.take('reserved');
    expect(clock.monotonic()).toBe(0);
    await budget.take('normal');
    expect(clock.monotonic()).toBeCloseTo((36 + 1 - 20) * 1000, -2);
  });

  it('lets a reserved request wait only for the next token when the budget is empty', async () => {
    const { clock, budget } = await budgetWith(0);
    await budget.take('reserved');
    expect(clock.monotonic()).toBeGreaterThanOrEqual(1_000);
    expect(clock.monotonic()).toBeLessThan(1_100);
  });

  it('counts requests under way, which the headers of an earlier reply do not know', async () => {
    const { clock, budget } = await budgetWith(900);
    for (let i = 0; i < 170; i++) await budget.take('normal');
    budget.settle(headers(3600, 889, clock.now() / 1000 + 2711));
    // 889 minus 169 under way: exactly one fifth.
    expect(clock.monotonic()).toBe(0);
    await budget.take('normal');
    await budget.take('normal');
    expect(clock.monotonic()).toBe(1_000);
  });

  it('rejects callers whose turn would be more than two minutes away, with the time to come back', async () => {
    const { clock, budget } = await budgetWith(0);
    const settled = await Promise.allSettled(Array.from({ length: 100 }, () => budget.take('normal')));
    const refused = settled.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(16);
    expect(refused[0]?.reason).toMatchObject({
      code: errors.rateLimited,
      retry: { kind: 'after', afterMs: 121_000 },
    });
    expect(clock.monotonic()).toBe(120_000);
  });

  it('measures the reset time with the clock of the provider', async () => {
    const clock = new VirtualClock({ startMs: Date.UTC(2020, 0, 1) });
    const budget = new RateBudget(clock);
    await budget.take('normal');
    const there = new Date(Date.UTC(2026, 0, 1));
    budget.settle(headers(3600, 0, there.getTime() / 1000 + 3600, there));
    expect(budget.waitMs()).toBe(1_000);
  });

  it('ignores headers that make no sense', async () => {
    const clock = new VirtualClock();
    const budget = new RateBudget(clock);
    for (const bad of [headers(0, 0, 0), headers(-1, 5, 5), headers(Number.NaN, 5, 5), headers(1e13, 5, 5)]) {
      await budget.take('normal');
      budget.settle(bad);
    }
    expect(budget.waitMs()).toBeUndefined();
  });

  it('stops waiting when the signal fires', async () => {
    const clock = new VirtualClock();
    const budget = new RateBudget(clock);
    await budget.take('normal');
    budget.settle(headers(3600, 0, clock.now() / 1000 + 3600));
    const stop = new AbortController();
    const waiting = budget.take('normal', stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });
});
