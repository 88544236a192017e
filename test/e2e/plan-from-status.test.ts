import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installationRoot } from '../../src/main/paths.ts';
import { compileCache } from '../support/compile-cache.ts';
import { createFleet, type E2eFleet, finish } from '../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../support/e2e-lab.ts';
import { environment, smallFleet } from '../support/small-fleet.ts';

const launcher = join(installationRoot, 'bin', 'pressluft');

describe('plans from the recorded state of real machines', () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let clone: string;

  beforeAll(async () => {
    test = await testLab('e2eplan');
    fleet = await createFleet(
      test.lab,
      smallFleet(test.lab.mirror.catalogue, { nodes: { 'web-1': ['shop', 'blog'] } }),
    );
    clone = await mkdtemp(join(tmpdir(), 'pressluft-clone-'));
  });

  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
    await rm(clone, { recursive: true, force: true });
  });

  /** In a fresh clone, without the controller's environment: no token, no key, no state directory, no virtualenv. */
  async function planInClone(...args: readonly string[]) {
    const argv = ['plan', '--observed', 'status', '--format', 'json', ...args];
    const env = {
      PATH: process.env.PATH,
      HOME: clone,
      ...compileCache,
      PRESSLUFT_ANSIBLE_VENV: '/nonexistent',
      // The download URL is not a credential, and is the same for every planner.
      PRESSLUFT_ARTIFACT_MIRROR: fleet.env.PRESSLUFT_ARTIFACT_MIRROR,
    };
    const child = spawn(launcher, argv, {
      cwd: join(clone, 'fleet'),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, stdout, stderr } = await finish(child, 600_000);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  }

  async function freshClone() {
    await rm(join(clone, 'fleet'), { recursive: true, force: true });
    await fleet.git('clone', '-q', await fleet.git('remote', 'get-url', 'origin'), join(clone, 'fleet'));
  }

  it('are empty after a pass has converged the fleet', async () => {
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code, pass.stderr).toBe(0);
    await freshClone();
    const plan = await planInClone();
    expect(plan).toMatchObject({ actions: [], blocked: [], notes: [], observed: { source: 'status' } });
  });

  it('show exactly the changes of a branch, as a plan from the live machines does', async () => {
    const shop = environment('shop', 'web-1', { php: { memoryLimit: '384M' } });
    await writeFile(join(fleet.workTree, 'environments/shop.yaml'), shop);
    await fleet.git('rm', '-q', 'environments/blog.yaml');
    await fleet.git('commit', '-q', '-a', '-m', 'feat: more memory, no blog');
    await fleet.git('push', '-q', 'origin', 'HEAD:change');
    await freshClone();
    const recorded = await planInClone('--ref', 'change');
    expect(recorded.actions).toMatchObject([
      {
        id: 'environment.converge:shop',
        changes: [{ field: 'php.memory_limit', before: expect.any(String), after: '384M' }],
      },
      { id: 'environment.retain:blog' },
    ]);
    const live = await fleet.pressluft(['plan', '--ref', 'change', '--format', 'json']);
    expect(live.code, live.stderr).toBe(0);
    const { digest, actions } = JSON.parse(live.stdout);
    expect(recorded.actions).toEqual(actions);
    expect(recorded.digest).toBe(digest);
  });

  it('leave no trace of a secret on the status branch', async () => {
    await fleet.git('fetch', '-q', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    const everything = await fleet.git('log', '-p', 'origin/pressluft/status');
    for (const secret of [test.lab.description.cloud.token, test.lab.description.git.password]) {
      expect(everything).not.toContain(secret);
    }
  });
});
