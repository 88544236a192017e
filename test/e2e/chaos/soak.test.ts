import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { environment, smallFleet } from '../../support/small-fleet.ts';
import { onNode } from '../../support/ssh.ts';
import { type BareGit, bareGit } from './bare-git.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { say, soakPasses } from './settings.ts';
import { whatIsNotReady } from './status-branch.ts';
import { compareFifths, type VitalSign, type VitalSigns, vitalSigns, vitalTable } from './vital-signs.ts';

const passes = soakPasses(process.env);
/** Passes between two commits, so that the shortest soak has a few commits. */
const rhythm = Math.min(50, Math.max(10, Math.floor(passes / 5)));
/** ReadOnlySession takes as long as a pass. */
const sampleEvery = Math.max(1, Math.floor(passes / 200));
const timeoutMs = 1_200_000 + passes * 10_000;

describe(`a daemon that makes ${passes} passes`, () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let git: BareGit;
  let daemon: Daemon;
  let commits = 0;
  let nodeBefore: string;
  const samples: VitalSigns[] = [];
  /** The samples between one commit and the next. */
  const stretches: VitalSigns[][] = [[]];

  beforeAll(async () => {
    test = await testLab('e2esoak');
    const nodes = { alpha: ['one', 'two'], beta: ['three'] };
    fleet = await createFleet(
      test.lab,
      smallFleet(test.lab.mirror.catalogue, { nodes, deletionPolicy: 'delete' }),
    );
    git = bareGit(test.lab.git.repository);
    daemon = startDaemon(fleet.env, ['--interval', '1s', '--poll-interval', '1s']);
    await until(
      'the fleet is Ready',
      async () => (await whatIsNotReady(git, await head())) === null,
      900_000,
    );
    nodeBefore = await filesOnNodes();
    const began = performance.now();
    for (let pass = 1; pass <= passes; pass += 1) {
      if (pass % rhythm === 0) await change();
      await onePass();
      if (pass % sampleEvery !== 0) continue;
      const sample = await vitalSigns(daemon.pid, fleet.stateDir);
      samples.push(sample);
      stretches.at(-1)?.push(sample);
      if (pass % 100 === 0 && pass < passes) say(`soak: ${pass} passes so far\n${vitalTable(samples)}`);
    }
    const seconds = (performance.now() - began) / 1000;
    say(`soak: ${passes} passes and ${commits} commits in ${seconds.toFixed(0)} s\n${vitalTable(samples)}`);
  }, timeoutMs);

  afterAll(async () => {
    if (daemon?.isAlive()) daemon.signal('SIGTERM');
    await daemon?.ended;
    await fleet?.remove();
    await test?.end();
  });

  const head = async () => (await git.tip('main')) ?? '';

  async function onePass(): Promise<void> {
    const before = daemon.counts().passes;
    // The interval is a second; a signal saves most of it.
    daemon.signal('SIGUSR1');
    await until('a pass has ended', async () => daemon.counts().passes > before, 600_000);
  }

  async function change(): Promise<void> {
    commits += 1;
    stretches.push([]);
    const php = { version: '8.2', memoryLimit: `${200 + commits}M` };
    const files = { 'environments/one.yaml': environment('one', 'alpha', { deletionPolicy: 'delete', php }) };
    const commit = await fleet.commit(files, 'feat: a little more memory');
    await until('the change is Ready', async () => (await whatIsNotReady(git, commit)) === null, 900_000);
  }

  async function until(what: string, isSo: () => Promise<boolean>, limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!(await isSo())) {
      if (!daemon.isAlive()) throw new Error(`the daemon ended by itself: ${daemon.tail()}`);
      if (performance.now() > deadline) throw new Error(`${what}: not after ${limitMs} ms\n${daemon.tail()}`);
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  /** Files in the places where runs could leave something, without files that a site's own cron writes. */
  const filesOnNodes = () =>
    onNodes(`
      find /tmp /var/tmp /root /home /run/pressluft /run/lock /etc/pressluft /srv/pressluft/.cache -xdev -type f 2>/dev/null | sort
      find /srv/pressluft -maxdepth 4 -not -path '*/logs/*' -not -path '*/uploads/*' -not -name cron.lock | sort`);

  async function onNodes(script: string): Promise<string> {
    const servers = test.lab.api.servers();
    return (await Promise.all(servers.map(({ ipv4 }) => onNode(fleet.stateDir, ipv4 ?? '', script)))).join(
      '\n',
    );
  }

  it.each([
    // The heap of V8 breathes; a leak of 10 kB a pass would be 6 MiB after six hundred passes.
    ['rssMib', (early: number) => early * 1.08 + 4],
    ['descriptors', (early: number) => early + 1],
    ['threads', (early: number) => early],
    ['companions', (early: number) => early],
  ] satisfies readonly (readonly [VitalSign, (early: number) => number])[])(
    'does not grow: %s',
    (sign, limit) => {
      const { early, late } = compareFifths(samples, sign);
      expect(late).toBeLessThanOrEqual(limit(early));
    },
  );

  it('writes nothing to its disk in passes without anything to do', () => {
    for (const stretch of stretches) {
      // The first pass after a commit may still clean up.
      const [first, last] = [stretch[1], stretch.at(-1)];
      if (first === undefined || last === undefined) continue;
      expect(last.stateKib).toBeLessThanOrEqual(first.stateKib);
      expect(last.stateFiles).toBeLessThanOrEqual(first.stateFiles);
    }
  });

  it('uses disk space only for commits and their runs', () => {
    const { early, late } = compareFifths(samples, 'stateKib');
    // The log of SQLite is overwritten from the start once it has a thousand pages.
    expect(late - early).toBeLessThanOrEqual(commits * 200 + 4096);
  });

  it('records the changes and no idle pass', async () => {
    const count = (await git.lines('rev-list', 'pressluft/status')).length;
    expect(commits).toBeGreaterThanOrEqual(2);
    // A commit that arrives during a pass may be recorded once as seen and once as done.
    expect(count).toBeLessThanOrEqual(2 + 2 * commits);
  });

  it('shuts down in order on a signal', async () => {
    daemon.signal('SIGTERM');
    expect(await daemon.ended).toEqual({ code: 0, signal: null });
  });

  it('leaves nothing on the nodes, file or process', async () => {
    expect(await filesOnNodes()).toBe(nodeBefore);
    const python = 'pgrep -a python3 | grep -v -e fail2ban -e unattended || true';
    expect((await onNodes(python)).replaceAll('\n', '')).toBe('');
  });
});
