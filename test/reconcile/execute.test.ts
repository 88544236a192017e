import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Batch, Outcome, Outcomes } from '../../src/actions/define-action.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { Action, ActionKind, ActionOutputs } from '../../src/fleet/plan.ts';
import { type ExecuteHooks, execute } from '../../src/reconcile/execute.ts';
import { performBatch } from '../../src/reconcile/perform-batch.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { action, executorContext, planOf } from './actions.ts';

vi.mock('../../src/reconcile/perform-batch.ts');

const performed: string[][] = [];
let running = 0;
let mostAtOnce = 0;
const busy = new Set<string>();

type AnyOutcomes = Outcomes<ActionOutputs[ActionKind]>;

/** Simulates the work of a batch: takes two turns of the event loop, and ends with `end`. */
function work(end: (batch: Batch) => AnyOutcomes = succeed) {
  vi.mocked(performBatch).mockImplementation(async (_, batch) => {
    performed.push(batch.actions.map(({ id }) => id));
    expect(busy.has(batch.node), `two batches on ${batch.node}`).toBe(false);
    busy.add(batch.node);
    mostAtOnce = Math.max(mostAtOnce, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    busy.delete(batch.node);
    return end(batch);
  });
}

const succeed = (batch: Batch): AnyOutcomes =>
  new Map(batch.actions.map(({ resource }) => [resource, { changed: true, output: null }]));

const silent: ExecuteHooks = { started: () => undefined, finished: () => undefined };

beforeEach(() => work());
afterEach(() => {
  performed.length = 0;
  mostAtOnce = 0;
});

const create = action('node.create', 'web-1');
const provision = action('node.provision', 'web-1', 'web-1', [create.id]);
const acme = action('environment.converge', 'acme', 'web-1', [create.id, provision.id]);
const blog = action('environment.converge', 'blog', 'web-1', [create.id, provision.id]);
const elsewhere = action('environment.converge', 'elsewhere', 'web-2');

test('dependents run after their dependencies, and actions of a batch run together', async () => {
  const { results, touched } = await execute(
    executorContext(),
    planOf(create, provision, acme, blog, elsewhere),
    4,
    silent,
  );
  expect(performed).toEqual([[create.id], [elsewhere.id], [provision.id], [acme.id, blog.id]]);
  expect(results.every((result) => result.outcome === 'succeeded')).toBe(true);
  expect([...touched].sort()).toEqual(['web-1', 'web-2']);
});

test('a failure blocks its dependents, and nothing else', async () => {
  work((batch) => {
    if (batch.node === 'web-1')
      throw new PressluftError(errors.serverUnavailable, 'sold out', { hint: 'Another type.' });
    return succeed(batch);
  });
  const { results } = await execute(executorContext(), planOf(create, provision, acme, elsewhere), 4, silent);
  expect(results.map(({ action: id, outcome }) => [id, outcome])).toEqual([
    [create.id, 'failed'],
    [elsewhere.id, 'succeeded'],
  ]);
  expect(results[0]?.error).toEqual({
    code: errors.serverUnavailable,
    message: 'sold out',
    hint: 'Another type.',
  });
});

test('one environment of a batch fails alone', async () => {
  work(({ actions }) => {
    const outcomes: [Action['resource'], Outcome<null>][] = actions.map(({ resource }) =>
      resource === acme.resource
        ? [resource, { changed: true, error: new PressluftError(errors.convergeFailed, 'no') }]
        : [resource, { changed: false, output: null }],
    );
    return new Map(outcomes);
  });
  const free = (of: Action): Action => ({ ...of, dependsOn: [] });
  const { results } = await execute(executorContext(), planOf(free(acme), free(blog)), 4, silent);
  expect(results).toMatchObject([
    { resource: acme.resource, outcome: 'failed' },
    { resource: blog.resource, outcome: 'succeeded', changed: false },
  ]);
});

test('the output of a kind is in the result and passed to the hook; without output or after a failure there is none', async () => {
  const output = { server: 7, ipv4: '203.0.113.7' };
  work((batch) => {
    if (batch.node === 'web-2') throw new PressluftError(errors.playbookFailed, 'no');
    return new Map(
      batch.actions.map(({ kind, resource }) => [
        resource,
        { changed: kind === 'node.create', output: kind === 'node.create' ? output : null },
      ]),
    );
  });
  const finished: unknown[] = [];
  const hooks: ExecuteHooks = { ...silent, finished: (result) => finished.push(result) };
  const { results } = await execute(executorContext(), planOf(create, provision, elsewhere), 1, hooks);
  expect(
    results.map(({ kind, changed, outcome, ...rest }) => [kind, changed, outcome, 'output' in rest]),
  ).toEqual([
    ['node.create', true, 'succeeded', true],
    ['node.provision', false, 'succeeded', false],
    ['environment.converge', true, 'failed', false],
  ]);
  expect(results[0]).toMatchObject({ output });
  expect(finished).toEqual(results);
});

test('never more nodes at once than allowed, and never two batches on one', async () => {
  const actions = Array.from({ length: 12 }, (_, index) => [
    action('environment.converge', `c-${index}`, `web-${index % 6}`),
    action('environment.retain', `r-${index}`, `web-${index % 6}`),
  ]).flat();
  const { results } = await execute(executorContext(), planOf(...actions), 3, silent);
  expect(results).toHaveLength(24);
  expect(mostAtOnce).toBe(3);
});

test('after a new commit arrives nothing new starts, and running work is finished', async () => {
  const stop = new AbortController();
  const hooks: ExecuteHooks = { ...silent, started: () => stop.abort(new Error('a new commit arrived')) };
  const { results } = await execute(executorContext(stop.signal), planOf(create, provision, acme), 4, hooks);
  expect(performed).toEqual([[create.id]]);
  expect(results).toMatchObject([{ action: create.id, outcome: 'succeeded' }]);
});

test('work that a new commit interrupted is cancelled, which is no failure', async () => {
  const stop = new AbortController();
  work(() => {
    stop.abort(new Error('a new commit arrived'));
    throw stop.signal.reason;
  });
  const errors: unknown[] = [];
  const hooks: ExecuteHooks = { ...silent, finished: (_, error) => errors.push(error) };
  const { results } = await execute(executorContext(stop.signal), planOf(create), 4, hooks);
  expect(results).toMatchObject([{ outcome: 'cancelled', changed: false }]);
  expect(errors).toEqual([undefined]);
});

test('an unexpected exception is a defect with a code, and the other nodes continue', async () => {
  work((batch) => {
    if (batch.node === 'web-1') throw new TypeError('x is undefined');
    return succeed(batch);
  });
  const { results } = await execute(executorContext(), planOf(create, elsewhere), 4, silent);
  expect(results).toMatchObject([
    { outcome: 'failed', error: { code: errors.internal, message: 'x is undefined' } },
    { outcome: 'succeeded' },
  ]);
});

test('a resource without a result in its batch failed', async () => {
  work(() => new Map());
  const { results } = await execute(executorContext(), planOf(create), 4, silent);
  expect(results).toMatchObject([{ outcome: 'failed', changed: true, error: { code: errors.internal } }]);
});

test('when results cannot be stored, running work is awaited, nothing new starts, and the error is thrown', async () => {
  const hooks: ExecuteHooks = {
    ...silent,
    finished: (result) => {
      if (result.resource === elsewhere.resource)
        throw new PressluftError(errors.storeUnusable, 'the disk is full');
    },
  };
  const executed = execute(executorContext(), planOf(elsewhere, create, provision), 4, hooks);
  await expect(executed).rejects.toMatchObject({ code: errors.storeUnusable });
  expect(performed).toEqual([[elsewhere.id], [create.id]]);
  expect(busy.size).toBe(0);
});

test('a secret in the text of an unexpected error reaches neither results nor hooks', async () => {
  work(() => {
    throw new Error('refused for token s3cr3t');
  });
  const finished: unknown[] = [];
  const hooks: ExecuteHooks = { ...silent, finished: (result) => finished.push(result) };
  const { results } = await execute(executorContext(), planOf(create), 1, hooks);
  expect(results[0]?.error?.message).toContain('token [redacted]');
  expect(JSON.stringify([results, finished])).not.toContain('s3cr3t');
});

test('an action that may no longer start when its turn comes is not started, and neither are its dependents', async () => {
  let isOpen = true;
  work((batch) => {
    isOpen = false;
    return succeed(batch);
  });
  const { results } = await execute(executorContext(), planOf(create, provision, acme, elsewhere), 1, {
    ...silent,
    mayStart: (actions) =>
      new Set(actions.filter(({ kind }) => isOpen || kind === 'node.create').map(({ id }) => id)),
  });
  expect(performed).toEqual([[create.id]]);
  expect(results.map(({ action: id, outcome }) => [id, outcome])).toEqual([
    [create.id, 'succeeded'],
    [provision.id, 'cancelled'],
    [elsewhere.id, 'cancelled'],
  ]);
});

test('every action has the duration of its own steps, or its share of the run', async () => {
  const context = executorContext();
  vi.mocked(performBatch).mockImplementation(async ({ report, deps }, batch) => {
    report({ resource: acme.resource, step: 'configure', status: 'changed', durationMs: 4200 });
    await (deps.clock as VirtualClock).advance(9000);
    return succeed(batch);
  });
  const { results } = await execute(
    context,
    planOf({ ...acme, dependsOn: [] }, { ...blog, dependsOn: [] }),
    4,
    silent,
  );
  expect(results.map(({ resource, durationMs }) => [resource, durationMs])).toEqual([
    [acme.resource, 4200],
    [blog.resource, 4500],
  ]);
});
