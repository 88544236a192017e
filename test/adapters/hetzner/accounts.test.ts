import { afterEach, describe, expect, it } from 'vitest';
import { createHetznerAccounts } from '../../../src/adapters/hetzner/accounts.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { page, type ScriptedApi, startApi } from './scripted-api.ts';

let api: ScriptedApi | undefined;
afterEach(() => api?.close());

const endpoint = 'http://127.0.0.1:1/v1';
const newAccounts = (clock = new VirtualClock()) =>
  createHetznerAccounts({ clock, random: seededRandom(1), log: memoryLog() });

describe('the clients of the accounts', () => {
  it('are one for each endpoint and token', () => {
    const account = newAccounts();
    const first = account(endpoint, 'token-a');
    expect(account(endpoint, 'token-a')).toBe(first);
    expect(account(endpoint, 'token-b')).not.toBe(first);
    expect(account('http://127.0.0.1:2/v1', 'token-a')).not.toBe(first);
  });

  it('do not pile up when tokens are rotated, and keep those in use', () => {
    const account = newAccounts();
    const kept = account(endpoint, 'kept');
    const rotated = account(endpoint, 'token-0');
    for (let i = 1; i < 100; i++) {
      account(endpoint, `token-${i}`);
      account(endpoint, 'kept');
    }
    expect(account(endpoint, 'kept')).toBe(kept);
    expect(account(endpoint, 'token-0')).not.toBe(rotated);
  });

  it('share the request budget of their account, and not with other accounts', async () => {
    const clock = new VirtualClock({ autoAdvanceUpToMs: 60_000 });
    api = await startApi((call) => ({
      ...page('locations', []),
      headers: {
        'ratelimit-limit': '3600',
        'ratelimit-remaining': call.headers.authorization === 'Bearer poor' ? '30' : '3600',
        'ratelimit-reset': String(clock.now() / 1000 + 3570),
        date: new Date(clock.now()).toUTCString(),
      },
    }));
    const account = newAccounts(clock);
    await account(api.url, 'poor').check();
    await account(api.url, 'rich').check();
    await account(api.url, 'rich').check();
    expect(clock.monotonic()).toBe(0);
    await account(api.url, 'poor').check();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(7_000);
  });
});
