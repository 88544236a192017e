import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEventLine } from '../../src/adapters/ansible/event-parser.ts';
import { ansibleRoot } from '../../src/main/paths.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

/** Feeds results to the plugin as Ansible does and returns the lines of its event stream. */
async function eventsOf(results: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
  const file = join(python.directory, 'events.ndjson');
  const output = await python.run(
    `
import json, os, sys, types
sys.path.insert(0, os.environ["PLUGINS"])
descriptor = os.open(os.environ["EVENTS"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.environ["PRESSLUFT_EVENTS_FD"] = str(descriptor)
import pressluft_ndjson
plugin = pressluft_ndjson.CallbackModule()
assert not os.get_inheritable(descriptor)
class Task:
    _uuid, _role = "u", None
    def __init__(self, no_log): self.no_log = no_log
    def get_name(self): return "role : Some task"
    def get_path(self): return "/elsewhere/main.yml:1"
class Host:
    def get_name(self): return "web-1"
for given in json.load(sys.stdin):
    task = Task(given.get("no_log", False))
    plugin.v2_playbook_on_task_start(task, False)
    plugin.v2_runner_on_start(Host(), task)
    result = types.SimpleNamespace(_result=given["result"], _task=task, _host=Host())
    (plugin.v2_runner_on_failed if given["result"].get("failed") else plugin.v2_runner_on_ok)(result)
stats = types.SimpleNamespace(processed={"web-1": 1}, summarize=lambda host: {"ok": 1, "changed": 0, "failures": 0, "unreachable": 0, "skipped": 0})
plugin.v2_playbook_on_stats(stats)
`,
    results,
    { PLUGINS: join(ansibleRoot, 'callback_plugins'), EVENTS: file },
  );
  const text = readFileSync(file, 'utf8');
  for (const secret of ['canary-secret']) expect(text + output).not.toContain(secret);
  const lines = text.trimEnd().split('\n');
  for (const line of lines) expect(parseEventLine(line).kind).toBe('event');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('reports every step of every environment, and its result when the run is final or it failed', async () => {
  const step = { step: 'database', changed: true, durationMs: 12, message: '' };
  const events = await eventsOf([
    {
      result: {
        changed: true,
        pressluft: {
          environments: {
            good: { changed: true, failed: false, steps: [step] },
            bad: {
              changed: false,
              failed: true,
              error: { code: 'x', message: 'why' },
              steps: [{ ...step, failed: true }],
            },
          },
        },
      },
    },
    {
      result: {
        pressluft: {
          final: true,
          environments: {
            good: { changed: false, failed: false, notes: { changedOverall: true }, steps: [] },
          },
        },
      },
    },
  ]);
  expect(events.filter((event) => event.event === 'environment_step')).toMatchObject([
    { environment: 'good', step: 'database', status: 'changed', durationMs: 12 },
    { environment: 'bad', status: 'failed' },
  ]);
  expect(events.filter((event) => event.event === 'environment_result')).toMatchObject([
    { environment: 'bad', status: 'failed', error: { code: 'x', message: 'why' } },
    { environment: 'good', status: 'changed' },
  ]);
  expect(events.at(-1)).toMatchObject({ event: 'stats', hosts: { 'web-1': { ok: 1 } } });
});

it('writes no arguments, and no result of a task with no_log', async () => {
  const events = await eventsOf([
    { result: { failed: true, msg: 'broken', invocation: { module_args: { password: 'canary-secret' } } } },
    {
      no_log: true,
      result: { failed: true, msg: 'canary-secret', pressluft: { data: { a: 'canary-secret' } } },
    },
  ]);
  expect(events.filter((event) => event.event === 'task_end')).toMatchObject([
    { status: 'failed', message: 'broken' },
    { status: 'failed', message: 'hidden, because the task handles secrets' },
  ]);
});

it('cuts long messages and keeps one event on one line', async () => {
  const events = await eventsOf([{ result: { failed: true, msg: `first\nsecond ${'ü'.repeat(10_000)}` } }]);
  const end = events.find((event) => event.event === 'task_end');
  expect(Buffer.byteLength(String(end?.message))).toBeLessThanOrEqual(4096);
  expect(String(end?.message)).toContain('first\nsecond');
});

it('passes data on unchanged', async () => {
  const events = await eventsOf([
    { result: { pressluft: { data: { probe: { v: 1, list: ['{{ x }}'] } } } } },
  ]);
  expect(events.find((event) => event.event === 'data')).toMatchObject({
    key: 'probe',
    value: { v: 1, list: ['{{ x }}'] },
  });
});
