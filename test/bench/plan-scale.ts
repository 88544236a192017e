import { join } from 'node:path';
import { actionKinds } from '../../src/actions/index.ts';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import type { DesiredFleet } from '../../src/fleet/desired.ts';
import { nothingRecorded } from '../../src/fleet/recorded.ts';
import { installationRoot } from '../../src/main/paths.ts';
import { plan } from '../../src/plan/plan.ts';
import { loadDesired } from '../../src/reconcile/load-desired.ts';
import { createPassMemory, type PassMemory } from '../../src/reconcile/memory.ts';
import { fleetStatus } from '../../src/record/fleet-status.ts';
import { renderStatus, statusPath } from '../../src/record/status/status-document.ts';
import { convergedFleet } from '../support/apply-plan.ts';
import { testContentVersion } from '../support/fleet-builders.ts';
import { type LocalRepository, localRepository } from '../support/local-repository.ts';
import { memoryLog } from '../support/memory-log.ts';
import type { PlainBenchmark } from './support/benchmark.ts';
import { type Figure, figure, mebibytes, seconds } from './support/figure.ts';
import { measureCommand } from './support/measured-command.ts';
import { scaleFleet } from './support/scale-fleet.ts';
import { median, summarize } from './support/statistics.ts';
import { costs, repeat } from './validate.ts';

const name = 'plan-scale';
const sizes = [1_000, 10_000, 50_000];
const launcher = join(installationRoot, 'bin', 'pressluft');
const statusBranch = 'pressluft/status';
const passes = 15;

/** Planning at scale from a Git repository: as a process, and repeatedly as the daemon does. */
export const planScale: PlainBenchmark = {
  name,
  title: 'planning 1,000, 10,000 and 50,000 documents: cold, and again after a commit that changes one file',
  run: async (say) => {
    const figures: Figure[] = [];
    for (const documents of sizes) {
      say(`${documents} documents`);
      const repository = await localRepository();
      try {
        const files = Object.fromEntries(scaleFleet(documents));
        await repository.commit(files, 'feat: fleet');
        figures.push(await warmFigure(documents, repository, files));
        figures.push(await coldFigure(documents, repository, false));
        if (documents > 10_000) continue;
        await commitStatus(repository);
        figures.push(await coldFigure(documents, repository, true));
      } finally {
        await repository.remove();
      }
    }
    return figures;
  },
};

async function warmFigure(
  documents: number,
  repository: LocalRepository,
  files: Readonly<Record<string, string>>,
): Promise<Figure> {
  const git = await openClone(repository, 'warm.git');
  const memory = createPassMemory();
  const loads: number[] = [];
  const plans: number[] = [];
  let fleet: DesiredFleet | undefined;
  for (let pass = 0; pass <= passes; pass++) {
    const path = `sites/customer-${String(pass * 7 + 20).padStart(5, '0')}/site.yaml`;
    const text = (files[path] ?? '').replace('memoryLimit: 256M', 'memoryLimit: 384M');
    if (pass > 0) await repository.commit({ [path]: text }, 'fix: more memory');
    const { source } = await git.fetch(statusBranch);
    // The state applied on the nodes before this commit.
    const observed = fleet === undefined ? undefined : convergedFleet(fleet);
    const began = performance.now();
    const loaded = await loadDesired(git, source, memory, {});
    const between = performance.now();
    fleet = loaded.fleet;
    if (fleet === undefined) throw new Error('the fleet is broken');
    if (observed === undefined) continue;
    const planned = planOf(fleet, observed);
    plans.push(performance.now() - between);
    loads.push(between - began);
    if (planned.actions.length === 0) throw new Error('the change is not planned');
  }
  const total = summarize(loads.map((ms, at) => ms + (plans[at] ?? 0)));
  const counted = documents === 10_000;
  return figure(
    name,
    `${documents} documents: load and plan after a one-file commit`,
    seconds(total.median),
    {
      beside: `${seconds(total.min)} – ${seconds(total.max)}; load ${seconds(median(loads))}, plan ${seconds(median(plans))}`,
      target: counted ? '< 50 ms' : 'linear',
      reached: counted ? total.median < 50 : null,
      data: { documents, total, loads, plans },
    },
  );
}

function planOf(desired: DesiredFleet, observed: ReturnType<typeof convergedFleet>) {
  return plan({
    desired,
    observed,
    recorded: nothingRecorded,
    contentVersion: testContentVersion,
    now: Date.now(),
    kinds: actionKinds,
  });
}

/** The launcher with an existing clone, as in CI: `--observed status`, which needs no credentials. */
async function coldFigure(
  documents: number,
  repository: LocalRepository,
  recorded: boolean,
): Promise<Figure> {
  const state = join(repository.dir, 'state');
  const argv = [
    launcher,
    'plan',
    '--observed',
    'status',
    '--format',
    'json',
    '--repo',
    repository.url,
    '--state-dir',
    state,
  ];
  const runs = await repeat(documents > 10_000 ? 2 : 5, async () => {
    const cost = await measureCommand(argv);
    if (cost.code !== 0) throw new Error(`plan ended with ${cost.code}`);
    return cost;
  });
  const { wallMs, cpuMs, rssKib } = costs(runs);
  const counted = documents === 10_000;
  const state_ = recorded ? 'all of it recorded' : 'nothing recorded yet';
  return figure(name, `${documents} documents: plan --observed status, cold, ${state_}`, seconds(wallMs), {
    beside: `CPU ${seconds(cpuMs)}, peak RSS ${mebibytes(rssKib)}`,
    target: counted ? '< 3 s, < 400 MB' : 'linear',
    reached: counted ? wallMs < 3000 && rssKib * 1024 < 400e6 : null,
    data: { documents, recorded, wallMs, cpuMs, rssKib, runs },
  });
}

/** The status branch of a converged fleet. */
async function commitStatus(repository: LocalRepository): Promise<void> {
  const git = await openClone(repository, 'status.git');
  const { source } = await git.fetch(statusBranch);
  const memory: PassMemory = createPassMemory();
  const { fleet } = await loadDesired(git, source, memory, {});
  if (fleet === undefined) throw new Error('the fleet is broken');
  const observed = convergedFleet(fleet);
  const statuses = fleetStatus({
    desired: fleet,
    observed,
    recorded: nothingRecorded,
    residual: planOf(fleet, observed),
    attempted: new Set(),
    problems: [],
    hostKeyOf: () => null,
    contentVersion: testContentVersion,
    at: new Date(0).toISOString(),
  });
  const changes = new Map([...statuses].map(([ref, status]) => [statusPath(ref), renderStatus(status)]));
  const commit = await git.commit({ parent: null, changes, message: 'status', at: 0 });
  await git.push(statusBranch, commit, null);
}

async function openClone(repository: LocalRepository, clone: string) {
  return createGitRepository({
    dir: join(repository.dir, clone),
    url: repository.url,
    branch: 'main',
    allowRewrite: false,
    log: memoryLog(),
  });
}
