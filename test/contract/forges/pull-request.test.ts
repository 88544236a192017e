import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createGitRemote, type GitRemote } from '../../../src/lab/git/git-remote.ts';
import { writeExample } from '../../../src/main/write-example.ts';
import { diagnosticCodes } from '../../../src/manifest/diagnostics/catalogue.ts';
import { compileCache } from '../../support/compile-cache.ts';
import { type Forge, forgeToken, startForge } from '../../support/forge.ts';
import { recordFleet } from '../../support/recorded-fleet.ts';
import { runActionsJob, runGitlabJob, type StepOutcome } from '../../support/workflow.ts';
import { type Checkout, checkout, gitIn } from './checkout.ts';

/**
 * The steps of the workflows that `pressluft init` writes, executed in a checkout of a real Git server. Actions and images are the
 * forges' own and are not executed here.
 */

const password = 'correct horse';
let dir: string;
let remote: GitRemote;
let bin: string;
let person: Checkout;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-forges-'));
  bin = join(dir, 'bin');
  await mkdir(bin);
  await symlink(join(import.meta.dirname, '../../../bin/pressluft'), join(bin, 'pressluft'));
  remote = await createGitRemote({ dir: join(dir, 'server'), host: '127.0.0.1', password });
  const work = join(dir, 'person');
  await writeExample(work);
  person = await checkout(work, withPassword(remote.http.url));
  await person.commit('First fleet', {});
  await person.push('main');
  await recordFleet(remote.repository);
});
afterAll(async () => {
  await remote.close();
  await rm(dir, { recursive: true, force: true });
});

let forge: Forge;
let runs = 0;
afterEach(() => forge.close());

/** The change of a pull request in the tests: one changed field, and one removed environment. */
const memory = 'memoryLimit: 384M';
async function goodChange(branch: string): Promise<string> {
  await person.git('checkout', '--quiet', '-B', branch, 'origin/main');
  await person.replace('sites/acme/production.yaml', memory, 'memoryLimit: 512M');
  await person.commit('More memory for the shop', {});
  return person.push(branch);
}

async function brokenChange(branch: string): Promise<string> {
  await person.git('checkout', '--quiet', '-B', branch, 'origin/main');
  await person.replace('sites/acme/production.yaml', memory, 'memoryLmit: 384M');
  await person.commit('A slip of the pen', {});
  return person.push(branch);
}

describe('GitHub', () => {
  const workflow = '.github/workflows/pressluft.yml';
  beforeEach(async () => {
    forge = await startForge('github');
  });

  /** GitHub checks out the merge commit. */
  async function job(name: string, branch: string) {
    const at = await jobCheckout(`refs/heads/${branch}`);
    await gitIn(at, 'checkout', '--quiet', '--detach', 'origin/main');
    await gitIn(at, 'merge', '--quiet', '--no-ff', '-m', 'Merge', `origin/${branch}`);
    const summary = join(dir, `summary-${runs}.md`);
    const env = jobEnv({ GITHUB_WORKSPACE: at, GITHUB_STEP_SUMMARY: summary });
    const values = { 'github.token': forgeToken, 'github.event.pull_request.number': '12' };
    const steps = await runActionsJob(join(at, workflow), name, values, { cwd: at, env });
    return { at, steps, summary: existsSync(summary) ? await readFile(summary, 'utf8') : '' };
  }

  it('annotates errors at their lines, writes a summary and SARIF, and fails', async () => {
    await brokenChange('github-broken');
    const { at, steps, summary } = await job('validate', 'github-broken');
    expect(steps.at(-1)).toMatchObject({ name: 'Validate', code: 2 });
    expect(steps.at(-1)?.stdout).toMatch(
      /^::error file=sites\/acme\/production\.yaml,line=\d+,.*title=.*PL1030/m,
    );
    expect(summary).toContain(diagnosticCodes.fieldUnknown);
    const sarif = JSON.parse(await readFile(join(at, 'pressluft.sarif'), 'utf8'));
    expect(sarif.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toContain(
      diagnosticCodes.fieldUnknown,
    );
  });

  it('posts one comment with the plan and refreshes it with the next push', async () => {
    await goodChange('github-memory');
    const first = await job('plan', 'github-memory');
    expectSuccess(first.steps);
    expect(first.summary).toContain('acme-production');
    expectPlanOfMemory(await readFile(join(first.at, 'plan.json'), 'utf8'));
    const posted = forge.comments.map(({ body }) => body);
    expect(posted).toEqual([expect.stringContaining('512M')]);

    await person.replace('sites/acme/production.yaml', 'memoryLimit: 512M', 'memoryLimit: 640M');
    await person.commit('Even more', {});
    await person.push('github-memory');
    expectSuccess((await job('plan', 'github-memory')).steps);
    expect(forge.comments.map(({ body }) => body)).toEqual([expect.stringContaining('640M')]);
  });
});

describe('Forgejo', () => {
  const workflow = '.forgejo/workflows/pressluft.yml';
  beforeEach(async () => {
    forge = await startForge('forgejo');
  });

  async function job(name: string, branch: string) {
    const at = await jobCheckout(`refs/heads/${branch}`);
    await gitIn(at, 'checkout', '--quiet', '--detach', `origin/${branch}`);
    const env = jobEnv({ GITHUB_WORKSPACE: at });
    const values = {
      'github.token': forgeToken,
      'github.event.pull_request.number': '12',
      'github.base_ref': 'main',
    };
    return { at, steps: await runActionsJob(join(at, workflow), name, values, { cwd: at, env }) };
  }

  it('prints errors and keeps a report', async () => {
    await brokenChange('forgejo-broken');
    const { at, steps } = await job('validate', 'forgejo-broken');
    expect(steps.at(-1)).toMatchObject({ code: 2 });
    expect(await readFile(join(at, 'pressluft.xml'), 'utf8')).toContain(diagnosticCodes.fieldUnknown);
  });

  it('posts the changes of the merge, even when the base has moved meanwhile', async () => {
    await goodChange('forgejo-memory');
    await person.git('checkout', '--quiet', '-B', 'main', 'origin/main');
    await person.replace('sites/acme/staging.yaml', 'type: staging', 'type: development');
    await person.commit('Merged by somebody else', {});
    await person.push('main');
    const { at, steps } = await job('plan', 'forgejo-memory');
    expectSuccess(steps);
    expectPlanOfMemory(await readFile(join(at, 'plan.json'), 'utf8'));
    expect(forge.comments.map(({ body }) => body)).toEqual([expect.stringContaining('512M')]);
  });
});

describe('GitLab', () => {
  beforeEach(async () => {
    forge = await startForge('gitlab');
  });

  async function job(name: string, branch: string, variables: Readonly<Record<string, string>> = {}) {
    const at = await jobCheckout(`refs/heads/${branch}`);
    await gitIn(at, 'checkout', '--quiet', '--detach', `origin/${branch}`);
    const env = jobEnv({
      CI_PROJECT_DIR: at,
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
      CI_COMMIT_BRANCH: 'main',
      ...variables,
    });
    return { at, outcome: await runGitlabJob(at, name, env) };
  }

  it('reports code quality and JUnit, and fails', async () => {
    await brokenChange('gitlab-broken');
    const { at, outcome } = await job('validate', 'gitlab-broken');
    expect(outcome.code).toBe(2);
    const quality = JSON.parse(await readFile(join(at, 'gl-code-quality-report.json'), 'utf8'));
    expect(quality).toContainEqual(
      expect.objectContaining({
        check_name: diagnosticCodes.fieldUnknown,
        location: expect.objectContaining({ path: 'sites/acme/production.yaml' }),
      }),
    );
    expect(await readFile(join(at, 'pressluft.xml'), 'utf8')).toContain(diagnosticCodes.fieldUnknown);
  });

  it('keeps the plan as an artifact, and no job of a branch names a token', async () => {
    await goodChange('gitlab-memory');
    const { at, outcome } = await job('plan', 'gitlab-memory');
    expectSuccess([outcome]);
    expectPlanOfMemory(await readFile(join(at, 'plan.json'), 'utf8'));
    expect(forge.requests).toEqual([]);
    const jobs = parse(await readFile(join(at, '.gitlab-ci.yml'), 'utf8'));
    for (const name of ['validate', 'plan']) expect(JSON.stringify(jobs[name])).not.toContain('TOKEN');
    expect(jobs.comment.rules).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_REF_PROTECTED == "true"' },
    ]);
  });

  it('posts the plans of open merge requests from the default branch', async () => {
    await goodChange('gitlab-open');
    await person.git('push', '--quiet', '--force', 'origin', 'gitlab-open:refs/merge-requests/12/head');
    const { outcome } = await job('comment', 'main', { PRESSLUFT_COMMENT_TOKEN: forgeToken });
    expectSuccess([outcome]);
    expect(forge.comments.map(({ body }) => body)).toEqual([expect.stringContaining('512M')]);
  });

  it('a merge request with conflicts reports them instead of planning something else', async () => {
    await goodChange('conflict');
    await person.git('checkout', '--quiet', '-B', 'main', 'origin/main');
    await person.replace('sites/acme/production.yaml', memory, 'memoryLimit: 192M');
    await person.commit('Somebody else changes the same line', {});
    await person.push('main');
    const { outcome } = await job('plan', 'conflict');
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('conflicts') });
    expect(forge.comments).toEqual([]);
  });
});

describe('the pre-commit hook', () => {
  beforeEach(async () => {
    forge = await startForge('github');
  });

  it('refuses a commit with a broken manifest, judged as staged', async () => {
    const at = await jobCheckout('refs/heads/main');
    await gitIn(at, 'checkout', '--quiet', '-B', 'mine', 'origin/main');
    await gitIn(at, 'config', 'core.hooksPath', '.githooks');
    const file = join(at, 'nodes/web-1.yaml');
    const good = await readFile(file, 'utf8');
    await writeFile(file, `${good}\n  colour: red\n`);
    await gitIn(at, 'add', '.');
    // The work tree is valid again: the staged content counts.
    await writeFile(file, good);
    const env = jobEnv({});
    await expect(gitIn(at, 'commit', '-m', 'broken', env)).rejects.toMatchObject({
      stderr: expect.stringContaining(diagnosticCodes.fieldUnknown),
    });
    await gitIn(at, 'add', '.');
    await gitIn(at, 'commit', '--allow-empty', '-m', 'sound', env);
    expect(await gitIn(at, 'log', '-1', '--format=%s')).toBe('sound');
  });
});

/** A fresh clone, as a runner makes one; all branches exist as `origin/…`, without local branches. */
async function jobCheckout(ref: string): Promise<string> {
  runs += 1;
  const at = join(dir, `job-${runs}`);
  await mkdir(at);
  await gitIn(at, 'init', '--quiet', '--initial-branch=unused');
  await gitIn(at, 'remote', 'add', 'origin', withPassword(remote.http.url));
  await gitIn(
    at,
    'fetch',
    '--quiet',
    '--no-tags',
    'origin',
    `+${ref}:${ref.replace('refs/heads', 'refs/remotes/origin')}`,
    '+refs/heads/main:refs/remotes/origin/main',
  );
  return at;
}

function jobEnv(own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const home = join(dir, `home-${runs}`);
  mkdirSync(home, { recursive: true });
  return { PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: home, ...compileCache, ...forge.env, ...own };
}

function withPassword(url: string): string {
  const parsed = new URL(url);
  parsed.username = remote.http.user;
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}

function expectSuccess(steps: readonly StepOutcome[]): void {
  for (const { name, code, stderr } of steps)
    expect([name, code, code === 0 ? '' : stderr]).toEqual([name, 0, '']);
}

/** Only the change of the pull request, planned without any credentials. */
function expectPlanOfMemory(text: string): void {
  const comparison = JSON.parse(text);
  expect(comparison.added.map(({ id }: { id: string }) => id)).toEqual([
    'environment.converge:acme-production',
  ]);
}
