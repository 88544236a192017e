import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { Ansible, AnsibleEvent, AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { MachineAddress } from '../../../src/ports/machine.ts';

/**
 * A world whose `environment-converge` does what `pressluft_node.do` says: `copy` writes `pressluft_environments[0].title` to
 * a file and reports, `fail` fails with that title, `crash` ends Ansible itself, `sleep` takes a minute, `copy-and-sleep` does one after the
 * other. `read` gives the written text.
 */
export interface AnsibleWorld {
  readonly ansible: Ansible;
  readonly address: MachineAddress;
  readonly wrongHostKey: MachineAddress;
  read(): Promise<string>;
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** Lets time pass until the work has ended. */
  settle<T>(work: Promise<T>): Promise<T>;
  pause(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The contract of {@link Ansible}, for the real or the simulated one. */
export function describeAnsible(name: string, createWorld: () => Promise<AnsibleWorld>): void {
  describe(`ansible: ${name}`, () => {
    let world: AnsibleWorld;

    beforeAll(async () => {
      world = await createWorld();
    });
    afterAll(async () => {
      await world?.close();
    });

    function request(action: string, title: string, more: Partial<AnsibleRequest> = {}): AnsibleRequest {
      return {
        playbook: 'environment-converge',
        host: 'web-1',
        address: world.address,
        vars: { pressluft_node: { do: action }, pressluft_environments: [{ name: 'acme', title }] },
        timeoutMs: 60_000,
        ...more,
      };
    }

    const run = (...args: Parameters<typeof request>) => world.settle(world.ansible.run(request(...args)));

    it('passes every string to the machine unchanged, even if it looks like a template', async () => {
      const title = `{{ 1+1 }} {% raw %} {# x #} {{ lookup('pipe','id') }} $(id) 'ä😀\u2028 "\\ \t`;
      const outcome = await run('copy', title);
      expect(outcome.failure).toBeNull();
      expect(await world.read()).toBe(title);
    });

    it('counts changes, and nothing changes the second time', async () => {
      const first = await run('copy', 'a first text');
      expect(first.stats).toMatchObject({ changed: 1, failed: 0, unreachable: 0 });
      const second = await run('copy', await world.read());
      expect(second.stats).toMatchObject({ changed: 0, failed: 0 });
    });

    it('changes nothing in check mode', async () => {
      await run('copy', 'before');
      const outcome = await run('copy', 'after', { check: true });
      expect(outcome.stats.changed).toBe(1);
      expect(await world.read()).toBe('before');
    });

    it('reports events as they come, then environments and data', async () => {
      const events: AnsibleEvent[] = [];
      const outcome = await run('copy', 'x', { onEvent: (event) => events.push(event) });
      expect(events[0]).toMatchObject({ event: 'run_start' });
      expect(events.some((event) => event.event === 'task_end' && event.status !== 'failed')).toBe(true);
      expect(outcome.environments.get('acme')).toMatchObject({ status: 'ok' });
      expect(outcome.data.get('seen')).toBe('x');
    });

    it('reports the start and the end of each task in order, and its environments before its end', async () => {
      const said: string[] = [];
      await run('copy', 'y', { onEvent: (event) => said.push(wordFor(event)) });
      const tasks = ['Copy', 'Report', 'Fail', 'Crash', 'Sleep'];
      const expected = tasks.flatMap((task) => [
        `begin ${task}`,
        ...(task === 'Report' ? ['data seen', 'step one', 'result acme'] : []),
        `end ${task}`,
      ]);
      expect(said.filter((word) => word !== 'data connection')).toEqual(['run', ...expected]);
    });

    it('returns a failed task as a result', async () => {
      const outcome = await run('fail', 'no such version');
      expect(outcome.stats.failed).toBe(1);
      expect(outcome.failure).toMatchObject({ task: 'Fail' });
      expect(outcome.failure?.message).toContain('no such version');
    });

    it('throws PL4031 when Ansible itself ends early', async () => {
      await expect(run('crash', '')).rejects.toMatchObject({ code: errors.playbookCrashed });
    });

    it('throws PL3014 on a timeout', async () => {
      await expect(run('sleep', '', { timeoutMs: 3000 })).rejects.toMatchObject({
        code: errors.processTimedOut,
      });
    });

    it('throws PL3015 when it is cancelled, and keeps the changes of earlier tasks', async () => {
      const controller = new AbortController();
      const onEvent = (event: AnsibleEvent) => {
        if (wordFor(event) === 'begin Sleep') controller.abort(new Error('new commit'));
      };
      const cancelled = run('copy-and-sleep', 'half', { signal: controller.signal, onEvent });
      await expect(cancelled).rejects.toMatchObject({ code: errors.cancelled });
      expect(await world.read()).toBe('half');
      await expect(run('copy', 'never', { signal: controller.signal })).rejects.toMatchObject({
        code: errors.cancelled,
      });
      expect(await world.read()).toBe('half');
    });

    it('throws PL4021 for another host key than the pinned one', async () => {
      await expect(run('copy', 'x', { address: world.wrongHostKey })).rejects.toMatchObject({
        code: errors.nodeHostKeyMismatch,
      });
    });

    it('refuses a host whose name could be a pattern of an inventory', async () => {
      await expect(run('copy', 'x', { host: 'all:!web' })).rejects.toMatchObject({
        code: errors.settingInvalid,
      });
    });

    it('throws PL4020 when the machine is off, and when it is powered off during the run', async () => {
      const work = world.ansible.run(request('sleep', ''));
      work.catch(() => undefined);
      await world.pause(2500);
      await world.powerOff();
      await expect(world.settle(work)).rejects.toMatchObject({ code: errors.nodeUnreachable });
      await expect(run('copy', 'x')).rejects.toMatchObject({ code: errors.nodeUnreachable });
      await world.powerOn();
      expect((await run('copy', 'back')).stats.unreachable).toBe(0);
    });

    it('has a stable version of its content, and a probe', async () => {
      expect(await world.ansible.contentVersion()).toBe(await world.ansible.contentVersion());
      expect(await world.ansible.probeScript()).not.toBe('');
    });
  });
}

function wordFor(event: AnsibleEvent): string {
  switch (event.event) {
    case 'run_start':
      return 'run';
    case 'task_start':
      return `begin ${event.task}`;
    case 'task_end':
      return `end ${event.task}`;
    case 'environment_step':
      return `step ${event.step}`;
    case 'environment_result':
      return `result ${event.environment}`;
    default:
      return `data ${event.key}`;
  }
}
