import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { GitRepository } from '../../../src/ports/git-repository.ts';
import type { FaultSource } from '../../sim/core/faults.ts';
import {
  crashPoints,
  createGate,
  createTrace,
  drive,
  faultLog,
  SimProcess,
  simRandom,
  Timeline,
  type WorldCore,
} from '../../sim/core/index.ts';
import {
  changeSimTree,
  commitOf,
  emptyTree,
  fileOf,
  SimClone,
  type SimFile,
  SimRemote,
  simGit,
} from '../../sim/git/index.ts';
import type { ContractEntry, ContractRemote, OpenedClone } from './contract-remote.ts';
import { driven } from './driven.ts';

/** The simulated remote in a world without other processes. */
export async function simulatedRemote(): Promise<ContractRemote> {
  const random = simRandom(7);
  const timeline = new Timeline(random.fork('timeline'));
  const faults = nextFaults();
  const core: WorldCore = {
    timeline,
    random,
    faults: faultLog(faults),
    points: crashPoints({ kill: () => false }),
    trace: createTrace(),
  };
  const remotes = [newRemote(timeline, random)];
  const now = () => remotes.at(-1) ?? newRemote(timeline, random);
  const clones = new WeakMap<OpenedClone, SimClone>();
  let processes = 0;

  return {
    commit(branch, files, { parents, message = 'commit' } = {}) {
      const remote = now();
      const tip = remote.tip(branch);
      const commit = commitOf({
        parents: (parents ?? (tip === null ? [] : [tip])).map(
          (sha) => remote.commits.get(sha) ?? missing(sha),
        ),
        tree: changeSimTree(
          emptyTree,
          new Map(Object.entries(files).map(([path, e]) => [path, simEntry(e)])),
        ),
        message,
        author: 'Dana <dana@example.org>',
        atMs: danaAtMs,
      });
      remote.forcePush('Dana', branch, remote.keep(commit).sha);
      return commit.sha;
    },
    tip: (branch) => now().tip(branch),
    setTip: (branch, commit) => {
      if (commit === null) now().deleteBranch('Dana', branch);
      else now().forcePush('Dana', branch, commit);
    },
    tag: (name, commit) => now().tag(name, commit),
    text: (revision, path) => now().text(revision, path) ?? null,
    history: (branch) =>
      now()
        .log(branch)
        .map(({ info }) => info),
    check: () => {
      for (const { parents } of now().commits.values())
        for (const sha of parents) now().commits.get(sha) ?? missing(sha);
    },
    async clear() {
      faults.clear();
      remotes.push(newRemote(timeline, random));
    },
    async setReachable(reachable) {
      now().reachable = reachable;
    },
    async setCredentials(good) {
      now().credentials = good ? 'good' : 'expired';
    },
    async refuseNextPush() {
      faults.next('git.push', 'refused');
    },
    async loseNextReply(andVanish = false) {
      faults.next('git.push', 'lost-reply');
      if (!andVanish) return;
      const remote = now();
      const stop = remote.onUpdate(() => {
        stop();
        remote.reachable = false;
      });
    },
    async overtakeNextPush() {
      faults.next('git.push', 'overtaken');
    },
    async whileStale(branch, work) {
      faults.next('git.fetch', branch === 'main' ? 'stale-first' : 'stale-last');
      return await work();
    },
    passTime: (ms) => drive(timeline, timeline.sleep(ms)),
    async open({ allowRewrite = false, log, again } = {}) {
      const remote = now();
      const clone = (again && clones.get(again)) ?? new SimClone(remote);
      const process = new SimProcess(`process-${processes++}`, timeline.nowMs);
      const options = { branch: 'main', allowRewrite, local: true, ...(log === undefined ? {} : { log }) };
      const repository: GitRepository = driven(
        timeline,
        simGit(createGate(core, process), remote, clone, options),
      );
      const opened: OpenedClone = { repository, kept: () => clone.kept() };
      clones.set(opened, clone);
      return opened;
    },
    async close() {},
  };
}

const danaAtMs = 1_700_000_000_000;

function newRemote(timeline: Timeline, random: WorldCore['random']): SimRemote {
  return new SimRemote({ timeline, random, wallMs: () => danaAtMs });
}

function simEntry(entry: ContractEntry): SimFile {
  if (typeof entry === 'string') return fileOf(entry);
  return 'link' in entry
    ? fileOf(entry.link, 'symlink')
    : { kind: 'submodule', oid: entry.submodule, content: null };
}

/** The requested faults, one for the next call of each site. */
function nextFaults(): FaultSource & { next(site: string, kind: string): void; clear(): void } {
  const ordered = new Map<string, string>();
  return {
    decide: (site, _nth, kinds) => {
      const kind = ordered.get(site);
      if (kind === undefined || !kinds.includes(kind)) return null;
      ordered.delete(site);
      return kind;
    },
    next: (site, kind) => void ordered.set(site, kind),
    clear: () => ordered.clear(),
  };
}

function missing(sha: CommitSha): never {
  throw new Error(`no commit ${sha}`);
}
