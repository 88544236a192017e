import { afterEach, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { actionJson, cloudFor } from './fixtures.ts';
import { type ApiCall, apiError, type ScriptedApi, startApi } from './scripted-api.ts';

let api: ScriptedApi;
afterEach(() => api.close());

const idsOf = (call: ApiCall) => call.query.getAll('id').map(Number);
const success = (id: number) => actionJson(id, { status: 'success', progress: 100 });
const failed = (id: number) =>
  actionJson(id, { status: 'error', error: { code: 'action_failed', message: 'no hypervisor' } });

/** Actions that run for a number of polls and then end with a given status. */
async function startActions(polls: number, end: (id: number) => Record<string, unknown> | null) {
  const seen = new Map<number, number>();
  api = await startApi((call) => {
    const actions = idsOf(call).flatMap((id) => {
      const count = (seen.get(id) ?? 0) + 1;
      seen.set(id, count);
      const action = count <= polls ? actionJson(id, { progress: count * 10 }) : end(id);
      return action === null ? [] : [action];
    });
    return { json: { actions } };
  });
}

describe('waiting for actions', () => {
  it('sends no request when there is nothing to wait for', async () => {
    await startActions(0, success);
    await cloudFor(api).cloud.waitForActions([], { timeoutMs: 1_000 });
    expect(api.calls).toHaveLength(0);
  });

  it('asks for 25 at a time', async () => {
    await startActions(0, success);
    const ids = Array.from({ length: 60 }, (_, index) => index + 1);
    await cloudFor(api).cloud.waitForActions(ids, { timeoutMs: 60_000 });
    expect(api.calls.map((call) => idsOf(call).length)).toEqual([25, 25, 10]);
  });

  it('asks after 0.5, 1, 2, 4, 8 and then every 10 seconds', async () => {
    await startActions(6, success);
    const { cloud, clock } = cloudFor(api);
    const at: number[] = [];
    await cloud.waitForActions([1], { timeoutMs: 300_000, onProgress: () => at.push(clock.monotonic()) });
    expect(at).toEqual([500, 1_500, 3_500, 7_500, 15_500, 25_500, 35_500]);
    expect(api.calls).toHaveLength(7);
  });

  it('reports progress only when it changes', async () => {
    let polls = 0;
    api = await startApi(() => {
      const progress = [10, 10, 50, 50, 100][polls++] ?? 100;
      return {
        json: { actions: [actionJson(1, { progress, status: progress === 100 ? 'success' : 'running' })] },
      };
    });
    const told: number[] = [];
    await cloudFor(api).cloud.waitForActions([1], {
      timeoutMs: 60_000,
      onProgress: (progress) => told.push(progress.progress),
    });
    expect(told).toEqual([10, 50, 100]);
  });

  it('shares its requests among all callers that wait at the same time', async () => {
    await startActions(2, success);
    const { cloud } = cloudFor(api);
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => cloud.waitForActions([index + 1], { timeoutMs: 60_000 })),
    );
    expect(api.calls).toHaveLength(3);
  });

  it('polls soon for a new caller while others wait with long pauses', async () => {
    await startActions(4, success);
    const { cloud, clock } = cloudFor(api);
    let joinedAt = Number.NaN;
    let second: Promise<void> | undefined;
    const told: number[] = [];
    await cloud.waitForActions([1], {
      timeoutMs: 60_000,
      onProgress: ({ progress }) => {
        if (progress !== 40) return;
        joinedAt = clock.monotonic();
        second = cloud.waitForActions([2], {
          timeoutMs: 60_000,
          onProgress: () => told.push(clock.monotonic()),
        });
      },
    });
    await second;
    expect((told[0] ?? 0) - joinedAt).toBe(500);
  });

  it('reports every action that ended in error, after all have ended', async () => {
    await startActions(1, (id) => (id === 2 ? success(id) : failed(id)));
    const error = cloudFor(api).cloud.waitForActions([1, 2, 3], { timeoutMs: 60_000 });
    await expect(error).rejects.toMatchObject({ code: errors.providerActionFailed });
    await expect(error).rejects.toThrow(/\(action 1\).*no hypervisor.*\(action 3\).*no hypervisor/);
    expect(api.calls).toHaveLength(2);
  });

  it('continues with the others after one has failed', async () => {
    api = await startApi((call, index) => ({
      json: {
        actions: idsOf(call).map((id) => (id === 1 ? failed(1) : index < 3 ? actionJson(id) : success(id))),
      },
    }));
    await expect(cloudFor(api).cloud.waitForActions([1, 2], { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: errors.providerActionFailed,
    });
    expect(api.calls.map((call) => idsOf(call))).toEqual([[1, 2], [2], [2], [2]]);
  });

  it('reports an action that the provider does not know as an error', async () => {
    await startActions(0, (id) => (id === 7 ? null : success(id)));
    await expect(cloudFor(api).cloud.waitForActions([6, 7], { timeoutMs: 60_000 })).rejects.toThrow(
      'action 7 is unknown to the provider',
    );
  });

  it('names the running actions, with progress and resource, on a timeout', async () => {
    await startActions(1_000, success);
    const { cloud, clock } = cloudFor(api);
    const waiting = cloud.waitForActions([1], { timeoutMs: 180_000 });
    await expect(waiting).rejects.toMatchObject({
      code: errors.providerActionTimedOut,
      retry: { kind: 'backoff' },
    });
    await expect(waiting).rejects.toThrow(/180 s: create_server \(action 1, \d+ %\) of server 42/);
    expect(clock.sleeping).toBe(0);
    expect(api.calls.length).toBeLessThanOrEqual(22);
  });

  it('survives a provider that is temporarily unreachable', async () => {
    api = await startApi((call, index) =>
      index < 9 ? { status: 502, text: '' } : { json: { actions: idsOf(call).map(success) } },
    );
    await cloudFor(api).cloud.waitForActions([1], { timeoutMs: 3_600_000 });
    expect(api.calls).toHaveLength(10);
  });

  it('ends when the token is refused meanwhile', async () => {
    api = await startApi(() => apiError(401, 'unauthorized'));
    await expect(cloudFor(api).cloud.waitForActions([1], { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: errors.tokenRefused,
    });
  });

  it('ends at once when aborted, also while a request is under way, and leaves nothing behind', async () => {
    api = await startApi(() => 'hang');
    const { cloud, clock } = cloudFor(api);
    const stop = new AbortController();
    const waiting = cloud.waitForActions([1], { timeoutMs: 3_600_000, signal: stop.signal });
    while (api.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.sleeping).toBe(0);
    await expect(cloud.waitForActions([1], { timeoutMs: 1, signal: stop.signal })).rejects.toBe('enough');
  });

  it('lets the other callers continue when one of them stops waiting', async () => {
    await startActions(3, success);
    const { cloud } = cloudFor(api);
    const stop = new AbortController();
    const leaving = cloud.waitForActions([1, 2], { timeoutMs: 60_000, signal: stop.signal });
    const staying = cloud.waitForActions([2], { timeoutMs: 60_000, onProgress: () => stop.abort('enough') });
    await expect(leaving).rejects.toBe('enough');
    await staying;
    expect(idsOf(api.calls.at(-1) as ApiCall)).toEqual([2]);
  });
});
