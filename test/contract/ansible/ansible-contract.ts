import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ansible, AnsibleEvent, AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { MachineAddress } from '../../../src/ports/machine.ts';

/**
 * A world whose `environment-converge` does what `pressluft_node.do` says: `copy` writes `pressluft_environments[0].title` to
 * `pressluft_node.file`, `fail` fails with that title, `crash` ends Ansible itself, `sleep` takes a minute. `read` gives
 * the written text.
 */
export interface AnsibleWorld {
  readonly ansible: Ansible;
  readonly address: MachineAddress;
  readonly wrongHostKey: MachineAddress;
  read(): Promise<string>;
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
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

    it('brings every string to the machine as it is, template or not', async () => {
      const title = `{{ 1+1 }} {% raw %} {# x #} {{ lookup('pipe','id') }} $(id) 'ä😀\u2028 "\\ \t`;
      const outcome = await world.ansible.run(request('copy', title));
      expect(outcome.failure).toBeNull();
      expect(await world.read()).toBe(title);
    });

    it('counts changes, and nothing changes the second time', async () => {
      const first = await world.ansible.run(request('copy', `at ${performance.now()}`));
      expect(first.stats).toMatchObject({ changed: 1, failed: 0, unreachable: 0 });
      const text = await world.read();
      const second = await world.ansible.run(request('copy', text));
      expect(second.stats).toMatchObject({ changed: 0, failed: 0 });
    });

    it('changes nothing in check mode', async () => {
      await world.ansible.run(request('copy', 'before'));
      const outcome = await world.ansible.run(request('copy', 'after', { check: true }));
      expect(outcome.stats.changed).toBe(1);
      expect(await world.read()).toBe('before');
    });

    it('reports events as they come, then environments and data', async () => {
      const events: AnsibleEvent[] = [];
      const outcome = await world.ansible.run(
        request('copy', 'x', { onEvent: (event) => events.push(event) }),
      );
      expect(events[0]).toMatchObject({ event: 'run_start' });
      expect(events.some((event) => event.event === 'task_end' && event.status !== 'failed')).toBe(true);
      expect(outcome.environments.get('acme')).toMatchObject({ status: 'ok' });
      expect(outcome.data.get('seen')).toBe('x');
    });

    it('returns a failed task as a result', async () => {
      const outcome = await world.ansible.run(request('fail', 'no such version'));
      expect(outcome.stats.failed).toBe(1);
      expect(outcome.failure?.message).toContain('no such version');
    });

    it('throws PL4031 when Ansible itself ends early', async () => {
      await expect(world.ansible.run(request('crash', ''))).rejects.toMatchObject({ code: 'PL4031' });
    });

    it('throws PL3014 when the time is over', async () => {
      await expect(world.ansible.run(request('sleep', '', { timeoutMs: 3000 }))).rejects.toMatchObject({
        code: 'PL3014',
      });
    });

    it('throws PL3015 when it is cancelled', async () => {
      const controller = new AbortController();
      const run = world.ansible.run(request('sleep', '', { signal: controller.signal }));
      const outcome = expect(run).rejects.toMatchObject({ code: 'PL3015' });
      setTimeout(() => controller.abort(new Error('new commit')), 1500);
      await outcome;
    });

    it('throws PL4021 for another host key than the pinned one', async () => {
      const run = world.ansible.run(request('copy', 'x', { address: world.wrongHostKey }));
      await expect(run).rejects.toMatchObject({ code: 'PL4021' });
    });

    it('throws PL4020 when the machine is off, and when it goes off in the middle', async () => {
      const run = world.ansible.run(request('sleep', ''));
      const outcome = expect(run).rejects.toMatchObject({ code: 'PL4020' });
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await world.powerOff();
      await outcome;
      await expect(world.ansible.run(request('copy', 'x'))).rejects.toMatchObject({ code: 'PL4020' });
      await world.powerOn();
      expect((await world.ansible.run(request('copy', 'back'))).stats.unreachable).toBe(0);
    });

    it('has a stable version of its content, and a probe', async () => {
      expect(await world.ansible.contentVersion()).toBe(await world.ansible.contentVersion());
      expect(await world.ansible.probeScript()).not.toBe('');
    });
  });
}
