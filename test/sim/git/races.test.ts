import { expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { isPressluftError } from '../../../src/fleet/errors.ts';
import type { GitRepository } from '../../../src/ports/git-repository.ts';
import {
  crashPoints,
  createGate,
  createTrace,
  faultLog,
  randomFaults,
  SimProcess,
  simRandom,
  Timeline,
  type WorldCore,
} from '../core/index.ts';
import { SimClone, SimRemote, simGit } from './index.ts';

const status = 'pressluft/status';
const names = ['a', 'b', 'c', 'd'];
const writers = ['one', 'two'];

interface Outcome {
  readonly remote: SimRemote;
  readonly acknowledged: ReadonlySet<string>;
  readonly digest: string;
  readonly struck: number;
  readonly kills: number;
  readonly codes: ReadonlySet<string>;
}

/** Two controllers write records, are killed, lose power and disks, while people push and any call can fail. */
async function run(seed: number): Promise<Outcome> {
  const random = simRandom(seed);
  const timeline = new Timeline(random.fork('timeline'));
  const kills = random.fork('kills');
  const people = random.fork('people');
  let killed = 0;
  const faults = faultLog(randomFaults(random.fork('faults'), 1));
  const core: WorldCore = {
    timeline,
    random,
    faults,
    points: crashPoints({
      kill: () => {
        if (killed >= 12 || !kills.chance(0.03)) return false;
        killed += 1;
        return true;
      },
    }),
    trace: createTrace(),
  };
  const remote = new SimRemote({ timeline, random });
  remote.push('Dana', 'main', { 'pressluft.yaml': '1' }, 'first');
  const acknowledged = new Set<string>();
  const codes = new Set<string>();
  let open = writers.length;

  async function writeAll(git: GitRepository, writer: string): Promise<void> {
    for (const name of names.map((suffix) => `${writer}-${suffix}`)) {
      for (;;) {
        const done = await write(git, name).catch((error: unknown) => {
          if (!isPressluftError(error)) throw error;
          codes.add(error.code);
          return false;
        });
        if (done) break;
        await timeline.sleep(30_000);
      }
      acknowledged.add(name);
    }
  }

  function live(writer: string, clone: SimClone, life: number): void {
    const process = new SimProcess(`${writer}-${life}`, timeline.nowMs);
    process.onDeath(() => {
      if (kills.chance(0.3)) clone.powerLoss(kills);
      if (kills.chance(0.2)) clone.damage(kills);
      timeline.in(kills.between(1, 60_000), 'restart', () => live(writer, clone, life + 1));
    });
    const git = simGit(createGate(core, process), remote, clone, { branch: 'main' });
    void writeAll(git, writer).then(() => {
      open -= 1;
    });
  }

  for (const writer of writers) live(writer, new SimClone(remote), 0);
  for (let nth = 0; nth < 6; nth += 1) {
    timeline.in(people.between(0, 600_000), 'people', () => {
      if (people.chance(0.5)) remote.push('Dana', status, { [`approvals/${nth}.yaml`]: 'yes' }, 'approve');
      else remote.push('Dana', 'main', { 'pressluft.yaml': `${nth}` }, 'change');
    });
  }
  timeline.in(1_200_000, 'calm', () => faults.end());
  await timeline.run(
    48 * 3_600_000,
    () => open === 0,
    () => undefined,
  );
  // Requests in transit arrive or not.
  await timeline.run(
    timeline.nowMs + 3_600_000,
    () => false,
    () => undefined,
  );
  const struck = faults.struck.length;
  return { remote, acknowledged, digest: core.trace.digest(), struck, kills: killed, codes };
}

/** Like record commits: only missing records, on the newest tip. */
async function write(git: GitRepository, name: string): Promise<boolean> {
  const { status: parent } = await git.fetch(status);
  const path = `records/${name}`;
  if (parent !== null && (await git.list(parent, path)).length > 0) return true;
  const changes = new Map([[path, name]]);
  const commit = await git.commit({ parent, changes, message: name, at: 1_700_000_000_000 });
  await git.push(status, commit, parent);
  return true;
}

it('loses no record, duplicates none and forces nothing, with any faults', async () => {
  const seen = new Set<string>();
  let [struck, kills] = [0, 0];
  for (let seed = 1; seed <= 150; seed += 1) {
    const outcome = await run(seed);
    struck += outcome.struck;
    kills += outcome.kills;
    for (const code of outcome.codes) seen.add(code);
    const { remote } = outcome;
    const written = remote.log(status).map(({ info }) => info.message.trim());
    const records = written.filter((message) => /^(?:one|two)-/.test(message));
    const wanted = writers.flatMap((writer) => names.map((suffix) => `${writer}-${suffix}`));
    expect([...outcome.acknowledged].sort(), `seed ${seed}`).toEqual(wanted);
    expect([...records].sort(), `seed ${seed}`).toEqual(wanted);
    expect(
      remote.updates.filter(({ forced }) => forced),
      `seed ${seed}`,
    ).toEqual([]);
  }
  expect(struck).toBeGreaterThan(500);
  expect(kills).toBeGreaterThan(200);
  expect([...seen].sort()).toEqual([
    errors.remoteUnreachable,
    errors.remoteRefusedCredentials,
    errors.branchRewritten,
    errors.branchMissing,
    errors.pushRejected,
    errors.gitFailed,
    errors.diskFull,
  ]);
});

it('is deterministic for a seed, including its faults', async () => {
  for (const seed of [3, 42]) expect((await run(seed)).digest).toBe((await run(seed)).digest);
});
