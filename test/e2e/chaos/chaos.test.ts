import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { type Audit, auditRecords } from './audit.ts';
import { bareGit } from './bare-git.ts';
import { phases } from './daemon.ts';
import type { EndState } from './end-state.ts';
import { generatedHistory, type HistoryStep } from './generated-history.ts';
import { type Disturbed, runDisturbed, runUndisturbed } from './run-fleet.ts';
import { chaosSettings, say } from './settings.ts';

const { kills, seed } = chaosSettings(process.env);
/** Enough that there is work between two kills. */
const changes = Math.max(5, Math.ceil(kills / 4));
const timeoutMs = 2_400_000 + kills * 120_000;

describe(`a fleet whose controller is killed ${kills} times (seed ${seed})`, () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let commits: readonly string[];
  let undisturbed: EndState;
  let disturbed: Disturbed;

  beforeAll(async () => {
    test = await testLab('e2echaos');
    fleet = await createFleet(test.lab, {});
    commits = await commitAll(fleet, generatedHistory(seed, changes, test.lab.mirror.catalogue));
    const ground = { lab: test.lab, fleet, commits };
    undisturbed = await runUndisturbed(ground, 900_000);
    disturbed = await runDisturbed(ground, { seed, kills, livenessTimeoutMs: 900_000 });
    say(report(disturbed, kills));
  }, timeoutMs);

  afterAll(async () => {
    if (fleet !== undefined) {
      await promisify(execFile)('umount', ['-l', join(fleet.stateDir, '..', 'disturbed')]).catch(
        () => undefined,
      );
      await fleet.remove();
    }
    await test?.end();
  });

  it('has the same end state as without faults', () => {
    expect(disturbed.kills).toHaveLength(kills);
    expect(disturbed.state).toEqual(undisturbed);
  });

  it('has every server exactly once', () => {
    const names = test.lab.api.servers().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.toSorted()).toEqual(Object.keys(undisturbed.nodes).toSorted());
  });

  it('leaves no process and no scratch file on a node', () => {
    for (const [name, node] of Object.entries(disturbed.state.nodes))
      expect(node, name).toMatchObject({ orphans: [], scratch: [], failedUnits: [''] });
  });

  it('leaves no process and no run of Ansible on the controller', async () => {
    expect(disturbed.exit).toEqual({ code: 0, signal: null });
    expect(await processesOf(disturbed.stateDir)).toEqual([]);
    const runs = await readdir(join(disturbed.stateDir, 'ansible', 'runs')).catch(() => []);
    expect(runs).toEqual([]);
  });

  it('records every commit and every run, and never forces the status branch', async () => {
    const audit = await auditRecords(bareGit(test.lab.git.repository), disturbed.stateDir, await history());
    say(describeAudit(audit, commits.length));
    expect(audit.problems).toEqual([]);
  });

  it('records a commit as applied only where the manifest is unchanged since then', async () => {
    const git = bareGit(test.lab.git.repository);
    for (const path of Object.keys(undisturbed.status).filter((name) =>
      name.startsWith('status/environment/'),
    )) {
      const name = path.slice('status/environment/'.length);
      const text = await git.run('show', `pressluft/status:${path}`);
      const applied = /^appliedRevision: "?([0-9a-f]{40})/m.exec(text)?.[1] ?? 'none';
      const now = await git.run('show', `main:environments/${name}`);
      expect(await git.run('show', `${applied}:environments/${name}`), path).toBe(now);
    }
  });

  /** All commits of the source branch, oldest first. */
  const history = () => bareGit(test.lab.git.repository).lines('rev-list', '--reverse', 'main');
});

/** Makes the commits in the work tree; those from the description of the fleet on are returned, oldest first. */
async function commitAll(fleet: E2eFleet, steps: readonly HistoryStep[]): Promise<readonly string[]> {
  const commits: string[] = [];
  for (const step of steps) {
    commits.push(
      step.kind === 'commit'
        ? await fleet.commit(step.files, step.message)
        : await fleet.revert(commits[step.step] ?? ''),
    );
  }
  return commits;
}

function report({ kills, ownEnds, chaosMs, livenessMs, serversCreated }: Disturbed, wanted: number): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const byPhase = phases.map((phase) => {
    const hits = kills.filter((kill) => kill.phase === phase).length;
    return `  ${phase.padEnd(16)} ${String(hits).padStart(3)}`;
  });
  return [
    'kills by phase',
    ...byPhase,
    `${kills.length} of ${wanted} kills in ${seconds(chaosMs)} s, converged in ${seconds(livenessMs)} s;`,
    `${ownEnds.length} ends by itself (${ownEnds.map(({ code }) => code).join(' ')}), ${serversCreated} servers created in all`,
  ].join('\n');
}

function describeAudit(audit: Audit, commits: number): string {
  const { statusCommits, runs, interruptedRuns, failedRuns, recordedCommits } = audit;
  return `records: ${statusCommits} status commits; ${runs} runs, ${interruptedRuns} interrupted, ${failedRuns} with failures; ${recordedCommits} of ${commits} source commits recorded, the others replaced by later ones`;
}

/** Command lines of the processes that work with a state directory. */
async function processesOf(stateDir: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, environment] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const own = `${command}${environment}`.includes(stateDir);
      return own && pid !== String(process.pid) ? [(command ?? '').replaceAll('\0', ' ')] : [];
    }),
  );
  return found.flat();
}
