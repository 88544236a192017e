import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseProbe } from '../../../src/actions/probe-node.ts';
import type { EnvironmentName, Uid } from '../../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { ObservedEnvironment } from '../../../src/fleet/observed.ts';
import type { Ansible, AnsibleEvent, AnsibleOutcome, AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { MachineShell } from '../../../src/ports/machine.ts';
import { defaultNginx } from '../../support/fleet-builders.ts';
import { normalProbe } from './normal-probe.ts';
import { convergeRequest, deleteRequest, described, type Place, provisionRequest } from './requests.ts';

/** A bare machine `web-1` of 2 GiB, and the production content over it. */
export interface NodeContentWorld extends Place {
  readonly shell: MachineShell;
  readonly ansible: Ansible;
  /** Lets time pass until the work has ended. */
  settle<T>(work: Promise<T>): Promise<T>;
  /** Changes a file of an environment by hand. */
  editFile(environment: string, path: string): Promise<void>;
  /** Stops a service by hand. */
  stopService(unit: string): Promise<void>;
  close(): Promise<void>;
}

/** Says nothing that a snippet may not say; only nginx finds that its expression is not complete. */
const brokenSnippet = 'rewrite "^/(" /a permanent;';

/** Effects of the playbooks on a node, as the probe reports them; each test continues where the previous one ended. */
export function describeNodeContent(name: string, createWorld: () => Promise<NodeContentWorld>): void {
  // On a real machine each test runs Ansible several times, possibly under other load.
  describe(`node content: ${name}`, { timeout: 600_000 }, () => {
    let world: NodeContentWorld;
    beforeAll(async () => {
      world = await createWorld();
    });
    afterAll(() => world?.close());

    const run = (request: AnsibleRequest) => world.settle(world.ansible.run(request));
    const converge = (...environments: readonly DesiredEnvironment[]) =>
      run(convergeRequest(world, environments));
    /** Names of the steps that changed something, with their environments. */
    async function changesOf(...environments: readonly DesiredEnvironment[]): Promise<readonly string[]> {
      const steps: string[] = [];
      const onEvent = (event: AnsibleEvent) => {
        if (event.event === 'environment_step' && event.status !== 'ok')
          steps.push(`${event.environment}: ${event.step} ${event.status}: ${event.message ?? ''}`);
      };
      const outcome = await run(convergeRequest(world, environments, { onEvent }));
      expect(outcome.stats.failed).toBe(0);
      return steps;
    }
    const site = (site: string, more: Partial<DesiredEnvironment> = {}) => described(world, site, more);

    async function probeText(...more: readonly string[]): Promise<string> {
      const argv = ['sudo', '-n', 'python3', '-', ...more];
      const options = { input: await world.ansible.probeScript(), timeoutMs: 30_000 };
      const { exitCode, stdout } = await world.settle(world.shell.run(world.address, argv, options));
      expect(exitCode).toBe(0);
      return stdout;
    }
    const look = async () => parseProbe(await probeText());
    const seen = async (name: string) => (await look()).environments.get(name as EnvironmentName);
    const expectProbe = async (state: string, ...more: readonly string[]) => {
      const text = normalProbe(await probeText(...more), world.address.host);
      await expect(text).toMatchFileSnapshot(`golden/${state}.golden.json`);
    };
    /** Ends a run when one of its tasks begins. */
    async function killAt(task: string, request: AnsibleRequest): Promise<void> {
      const controller = new AbortController();
      const work = world.ansible.run({
        ...request,
        signal: controller.signal,
        onEvent: (event) => {
          if (event.event === 'task_start' && event.task === task) controller.abort(new Error('killed'));
        },
      });
      await expect(world.settle(work)).rejects.toMatchObject({ code: errors.cancelled });
    }

    it('probes a machine that is not a node yet', async () => {
      const { provisioned, environments } = await look();
      expect({ provisioned, environments: environments.size }).toEqual({
        provisioned: false,
        environments: 0,
      });
      await expectProbe('bare');
    });

    it('reports its changes in check mode, and makes none', async () => {
      const outcome = await run({ ...provisionRequest(world), check: true });
      expect(outcome.stats.changed).toBeGreaterThan(0);
      expect((await look()).provisioned).toBe(false);
    });

    it('provisions a node, also after runs that were killed at any task', async () => {
      const request = provisionRequest(world);
      for (const task of ['Create the directories', 'Services run their present configuration']) {
        await killAt(task, request);
        expect((await look()).provisioned).toBe(false);
      }
      const outcome = await run(request);
      expect(outcome.failure).toBeNull();
      expect(outcome.stats.changed).toBeGreaterThan(0);
      const { provisioned, appliedDigest, checks } = await look();
      expect({ provisioned, appliedDigest }).toEqual({
        provisioned: true,
        appliedDigest: digestOfNode(request),
      });
      expect(checks.filter((check) => !check.ok && check.severity === 'error')).toEqual([]);
      await expectProbe('provisioned');
    });

    it('changes nothing when a node is provisioned once more', async () => {
      expect((await run(provisionRequest(world))).stats).toMatchObject({ changed: 0, failed: 0 });
    });

    it('reports the changes of an environment in check mode, and makes none', async () => {
      const outcome = await run(convergeRequest(world, [site('acme')], { check: true }));
      expect(endsOf(outcome)).toEqual({ acme: 'changed' });
      expect((await look()).environments.size).toBe(0);
    });

    it('converges two environments in one run, and reports it', async () => {
      expect(endsOf(await converge(site('acme'), site('shop')))).toEqual({
        acme: 'changed',
        shop: 'changed',
      });
      for (const wanted of [site('acme'), site('shop')]) {
        expect(await seen(wanted.name)).toMatchObject({
          uid: wanted.uid,
          appliedDigest: digestOfEnvironment(world, wanted),
          complete: true,
          retained: false,
          state: 'running',
          http: { status: 200 },
          driftedFiles: [],
          failedServices: [],
        });
      }
      await expectProbe('converged');
      await expectProbe('converged-one-site', '--sites', 'shop');
    });

    it('changes nothing the second time, and nothing in check mode', async () => {
      for (const check of [true, false]) {
        const outcome = await run(convergeRequest(world, [site('acme'), site('shop')], { check }));
        expect(outcome.stats).toMatchObject({ changed: 0, failed: 0 });
        expect(endsOf(outcome)).toEqual({ acme: 'ok', shop: 'ok' });
      }
    });

    it('stops an environment and starts it again', async () => {
      const stopped = site('acme', { state: 'stopped' });
      expect(endsOf(await converge(stopped))).toEqual({ acme: 'changed' });
      expect(await seen('acme')).toMatchObject({ state: 'stopped', http: { status: 503 } });
      await expectProbe('stopped');
      expect(await changesOf(stopped)).toEqual([]);
      expect(endsOf(await converge(site('acme')))).toEqual({ acme: 'changed' });
      expect(await seen('acme')).toMatchObject({ state: 'running', http: { status: 200 } });
    });

    it('detects a managed file that somebody changed, and repairs it', async () => {
      const path = '/etc/cron.d/pressluft-acme';
      await world.editFile('acme', path);
      expect((await seen('acme'))?.driftedFiles.map((file) => file.path)).toEqual([path]);
      expect(endsOf(await converge(site('acme'), site('shop')))).toEqual({ acme: 'changed', shop: 'ok' });
      expect((await seen('acme'))?.driftedFiles).toEqual([]);
    });

    it('fails one environment whose configuration is broken, without its neighbour', async () => {
      const broken = site('broken', { nginx: { ...defaultNginx, serverSnippet: brokenSnippet } });
      const outcome = await converge(broken, site('acme', { title: 'Another title' }));
      expect(outcome.stats.failed).toBe(0);
      expect(endsOf(outcome)).toEqual({ broken: 'nginx_config_invalid', acme: 'changed' });
      expect(await seen('acme')).toMatchObject({ http: { status: 200 } });
      expect(await seen('broken')).toMatchObject({ uid: broken.uid, complete: false, http: null });
      await expectProbe('one-broken');
      expect(endsOf(await run(deleteRequest(world, [broken], 'delete')))).toEqual({ broken: 'changed' });
    });

    it('fails an environment whose PHP is not on the node', async () => {
      const { php } = site('other');
      const outcome = await converge(site('other', { php: { ...php, version: '5.6' } }));
      expect(endsOf(outcome)).toEqual({ other: 'php_version_missing' });
      expect(endsOf(await run(deleteRequest(world, [site('other')], 'delete')))).toEqual({
        other: 'changed',
      });
    });

    it('fails an environment whose download is not the pinned one', async () => {
      const { wordpress } = site('other');
      const core = { ...wordpress.core, sha256: '0'.repeat(64) };
      const outcome = await converge(site('other', { wordpress: { ...wordpress, core } }), site('shop'));
      expect(endsOf(outcome)).toEqual({ other: 'checksum_mismatch', shop: 'ok' });
      expect(endsOf(await run(deleteRequest(world, [site('other')], 'delete')))).toEqual({
        other: 'changed',
      });
    });

    it('changes nothing that another uid has claimed', async () => {
      const foreign = site('shop', { uid: 'somebodyelse2345' as Uid });
      const before = await seen('shop');
      expect(endsOf(await converge(foreign, site('acme')))).toMatchObject({ shop: 'ownership_mismatch' });
      for (const policy of ['retain', 'delete'] as const) {
        const outcome = await run(deleteRequest(world, [foreign], policy));
        expect(endsOf(outcome)).toEqual({ shop: 'ownership_mismatch' });
        expect(outcome.stats).toMatchObject({ changed: 0, failed: 0 });
      }
      expect(comparable(await seen('shop'))).toEqual(comparable(before));
    });

    it('finishes a run that was killed at any task', async () => {
      for (const task of ['Database and cache', 'Configuration', 'Verify and record']) {
        await killAt(task, convergeRequest(world, [site('half')]));
        expect(await seen('half')).toMatchObject({ uid: site('half').uid, complete: false });
        if (task === 'Database and cache') await expectProbe('interrupted');
      }
      expect(endsOf(await converge(site('half')))).toEqual({ half: 'changed' });
      expect(await seen('half')).toMatchObject({ complete: true, http: { status: 200 } });
      expect(await changesOf(site('half'))).toEqual([]);
    });

    it('has two runs at once wait for each other, task by task', async () => {
      const [one, two] = [site('half', { title: 'One' }), site('half', { title: 'Two' })];
      const outcomes = await world.settle(
        Promise.all([one, two].map((wanted) => world.ansible.run(convergeRequest(world, [wanted])))),
      );
      for (const { stats, failure } of outcomes)
        expect({ failed: stats.failed, failure }).toEqual({ failed: 0, failure: null });
      expect(endsOf(await converge(two))).toHaveProperty('half');
      expect(await seen('half')).toMatchObject({
        appliedDigest: digestOfEnvironment(world, two),
        http: { status: 200 },
      });
      expect(await changesOf(two)).toEqual([]);
    });

    it('reports deletions in check mode, and deletes nothing', async () => {
      const outcome = await run(deleteRequest(world, [site('half')], 'delete', { check: true }));
      expect(endsOf(outcome)).toEqual({ half: 'changed' });
      expect(await seen('half')).toMatchObject({ complete: true, http: { status: 200 } });
    });

    it('retires an environment with its data, and restores it with them', async () => {
      expect(endsOf(await run(deleteRequest(world, [site('acme')], 'retain')))).toEqual({ acme: 'changed' });
      expect(await seen('acme')).toMatchObject({ retained: true, complete: false, http: null });
      await expectProbe('retained');
      expect(endsOf(await run(deleteRequest(world, [site('acme')], 'retain')))).toEqual({ acme: 'ok' });
      expect(endsOf(await converge(site('acme')))).toEqual({ acme: 'changed' });
      expect(await seen('acme')).toMatchObject({ retained: false, complete: true, http: { status: 200 } });
    });

    it('deletes an environment, and finds nothing to do the second time', async () => {
      expect(endsOf(await run(deleteRequest(world, [site('half')], 'delete')))).toEqual({ half: 'changed' });
      expect(await seen('half')).toBeUndefined();
      const again = await run(deleteRequest(world, [site('half'), site('never')], 'delete'));
      expect(endsOf(again)).toEqual({ half: 'ok', never: 'ok' });
      expect(again.stats.changed).toBe(0);
    });

    it('fails all environments with the same reason while a service is down, and provisioning brings it back', async () => {
      await world.stopService('mariadb');
      await expectProbe('without-database');
      expect(endsOf(await converge(site('acme'), site('shop')))).toEqual({
        acme: 'mariadb_unreachable',
        shop: 'mariadb_unreachable',
      });
      expect((await run(provisionRequest(world))).stats).toMatchObject({ changed: 1, failed: 0 });
      expect(endsOf(await converge(site('acme'), site('shop')))).toEqual({ acme: 'ok', shop: 'ok' });
    });
  });
}

/** Error codes of failed environments, status of the others. */
function endsOf({ environments }: AnsibleOutcome): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...environments].map(([name, { status, error }]) => [name, error?.code ?? status]),
  );
}

function digestOfNode({ vars }: AnsibleRequest): unknown {
  return (vars.pressluft_node as { readonly digest: unknown }).digest;
}

function digestOfEnvironment(place: Place, environment: DesiredEnvironment): unknown {
  const [task] = convergeRequest(place, [environment]).vars.pressluft_environments as {
    readonly digest: unknown;
  }[];
  return task?.digest;
}

/** The duration of a request and the time of a check are not part of the state. */
function comparable(environment: ObservedEnvironment | undefined): unknown {
  const { site, http, ...rest } = environment ?? {};
  return { ...rest, http: http?.status, site: { ...site, frontPage: null, code: site?.code?.intact } };
}
