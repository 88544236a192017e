import { join } from 'node:path';
import type { Lab } from '../../../src/lab/lab.ts';
import type { E2eFleet } from '../../support/e2e-fleet.ts';
import { type Aim, aimOf, waitForAim } from './aim.ts';
import { type BareGit, bareGit } from './bare-git.ts';
import { type Daemon, type Exit, type Phase, startDaemon } from './daemon.ts';
import { dice } from './dice.ts';
import { type EndState, endState } from './end-state.ts';
import { say } from './settings.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { whatIsNotReady } from './status-branch.ts';
import { describeWeather, randomWeather, unleash } from './weather.ts';

export interface Ground {
  readonly lab: Lab;
  readonly fleet: E2eFleet;
  /** The source commits, oldest first; none of them is on the remote yet. */
  readonly commits: readonly string[];
}

export interface Kill {
  readonly phase: Phase;
  readonly aim: Aim;
  readonly afterMs: number;
  readonly weather: string;
}

export interface Disturbed {
  readonly state: EndState;
  readonly stateDir: string;
  readonly kills: readonly Kill[];
  /** Ends of a daemon that nobody killed: a full disk, for instance. */
  readonly ownEnds: readonly Exit[];
  readonly chaosMs: number;
  /** From the end of all faults until everything was Ready. */
  readonly livenessMs: number;
  readonly exit: Exit;
  readonly serversCreated: number;
}

/** Every commit in turn, each Ready before the next, with one daemon and without faults. */
export async function runUndisturbed({ lab, fleet, commits }: Ground, timeoutMs: number): Promise<EndState> {
  const stateDir = join(fleet.stateDir, '..', 'undisturbed');
  const git = await freshRemote(lab);
  await publish(fleet, commits[0]);
  const env = { ...fleet.env, PRESSLUFT_STATE_DIR: stateDir };
  const daemon = startDaemon(env, ['--poll-interval', '1s', '--interval', '30s']);
  try {
    for (const commit of commits) {
      await publish(fleet, commit);
      await untilReady(git, commit, daemon, timeoutMs);
    }
    return await endState(lab, stateDir);
  } finally {
    await stop(daemon);
  }
}

/** The same commits with kills and faults, then without faults until everything is Ready. */
export async function runDisturbed(
  { lab, fleet, commits }: Ground,
  options: { readonly seed: number; readonly kills: number; readonly livenessTimeoutMs: number },
): Promise<Disturbed> {
  const stateDir = join(fleet.stateDir, '..', 'disturbed');
  const git = await freshRemote(lab);
  const disk = await mountSmallDisk(stateDir, 64);
  const began = performance.now();
  const kills: Kill[] = [];
  const ownEnds: Exit[] = [];
  // Everything that a controller keeps is on the small disk.
  const env = { ...fleet.env, PRESSLUFT_STATE_DIR: stateDir, PRESSLUFT_MODULE_CACHE: '' };
  const start = () => startDaemon(env, ['--poll-interval', '1s', '--interval', '3s']);
  const choose = dice(options.seed, 'chaos');
  let published = 0;
  for (let round = 0; kills.length < options.kills; round += 1) {
    if (round > options.kills * 3)
      throw new Error(`the daemon ends by itself too often: ${JSON.stringify(ownEnds)}`);
    // The first commits come early, so that there is always work; the last one comes before the last kill.
    const due = Math.min(commits.length, 1 + Math.ceil((kills.length * commits.length) / options.kills));
    for (; published < due; published += 1) await publish(fleet, commits[published]);
    const killed = await oneLife(
      lab,
      disk,
      start,
      aimOf(round, choose),
      randomWeather(choose),
      choose.chance(0.5),
    );
    if ('code' in killed) ownEnds.push(killed);
    else kills.push(killed);
    say(`chaos: ${kills.length}/${options.kills} ${JSON.stringify(killed)}`);
  }
  for (; published < commits.length; published += 1) await publish(fleet, commits[published]);
  const chaosMs = performance.now() - began;
  return { ...(await calmDown()), stateDir, kills, ownEnds, chaosMs };

  async function calmDown() {
    const calmSince = performance.now();
    const daemon = start();
    try {
      // The faults have ended, and the signal requests a retry of stalled resources.
      await until(daemon, () => daemon.phase() !== 'starting', 300_000);
      daemon.signal('SIGHUP');
      await untilReady(git, commits.at(-1) ?? '', daemon, options.livenessTimeoutMs);
      const livenessMs = performance.now() - calmSince;
      await untilStill(git, daemon);
      const state = await endState(lab, stateDir);
      const serversCreated = lab.api.journal
        .entries()
        .filter(
          ({ method, path, decided }) => method === 'POST' && path === '/v1/servers' && decided === 201,
        ).length;
      return { state, livenessMs, serversCreated, exit: await stop(daemon) };
    } finally {
      await stop(daemon);
    }
  }
}

async function oneLife(
  lab: Lab,
  disk: SmallDisk,
  start: () => Daemon,
  aim: Aim,
  weather: ReturnType<typeof randomWeather>,
  isAsked: boolean,
): Promise<Kill | Exit> {
  const end = await unleash(weather, lab, disk);
  const began = performance.now();
  const daemon = start();
  try {
    // Requests a retry, as an operator would; otherwise one failure would leave nothing to do for a minute.
    const asked = isAsked
      ? until(daemon, () => daemon.phase() !== 'starting', 120_000).then(() => daemon.signal('SIGHUP'))
      : Promise.resolve();
    // A daemon may end by itself before it has started, e.g. on a full disk.
    asked.catch(() => undefined);
    await waitForAim(aim, daemon);
    const phase = daemon.phase();
    const afterMs = Math.round(performance.now() - began);
    if (!daemon.isAlive()) return await daemon.ended;
    daemon.signal('SIGKILL');
    const exit = await daemon.ended;
    await asked.catch(() => undefined);
    return exit.signal === 'SIGKILL' ? { phase, aim, afterMs, weather: describeWeather(weather) } : exit;
  } finally {
    daemon.signal('SIGKILL');
    await end();
  }
}

/** A remote without history that logs every move of a branch. */
async function freshRemote(lab: Lab): Promise<BareGit> {
  await lab.reset();
  const git = bareGit(lab.git.repository);
  await git.run('config', 'core.logAllRefUpdates', 'always');
  return git;
}

async function publish(fleet: E2eFleet, commit: string | undefined): Promise<void> {
  await fleet.git('push', '-q', 'origin', `${commit}:refs/heads/main`);
}

async function untilReady(git: BareGit, commit: string, daemon: Daemon, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const waiting = await whatIsNotReady(git, commit);
    if (waiting === null) return;
    if (!daemon.isAlive()) throw new Error(`the daemon ended by itself: ${daemon.tail()}`);
    if (performance.now() > deadline)
      throw new Error(`not Ready after ${timeoutMs} ms: ${waiting}\n${daemon.tail()}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** Two more passes, in which nothing is recorded any more. */
async function untilStill(git: BareGit, daemon: Daemon): Promise<void> {
  const passes = async (count: number) => {
    const from = daemon.counts().passes;
    await until(daemon, () => daemon.counts().passes >= from + count, 600_000);
  };
  await passes(1);
  const before = await git.run('for-each-ref');
  await passes(2);
  const after = await git.run('for-each-ref');
  if (after !== before) throw new Error(`idle passes wrote:\n${before}\n${after}\n${daemon.tail()}`);
}

async function until(daemon: Daemon, isSo: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isSo()) {
    if (!daemon.isAlive() || performance.now() > deadline)
      throw new Error(`the daemon hangs or ended: ${daemon.tail()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function stop(daemon: Daemon): Promise<Exit> {
  if (daemon.isAlive()) daemon.signal('SIGTERM');
  const force = setTimeout(() => daemon.signal('SIGKILL'), 300_000);
  const exit = await daemon.ended;
  clearTimeout(force);
  return exit;
}
