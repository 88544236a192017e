import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSites, type SiteCheck } from './check-sites.ts';
import { labDown, labName, labUp, launcher } from './lab.ts';
import { createRepository, type Repository } from './repository.ts';
import { must } from './shell.ts';

/**
 * The whole loop on this machine: a lab with real machines, a repository, a daemon; a change, and its revert. Exits with
 * code 0 only when every environment answers as expected.
 */
const keep = process.argv.includes('--keep');
const timeoutMs = 20 * 60_000;
const started = performance.now();
const say = (text = '') => process.stdout.write(`${text}\n`);
const title = (text: string) => say(`\n── ${text} ${'─'.repeat(Math.max(0, 76 - text.length))}`);

let daemon: ChildProcess | undefined;
let scratch: string | undefined;
let cleaning: Promise<void> | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    say('\nstopping: removing everything that the demo started');
    cleanUp().finally(() => process.exit(130));
  });
}

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  say('The demo boots real machines, which needs Linux and root. Run it as root, or with passwordless sudo.');
  say('demo: skipped');
  process.exit(0);
}

try {
  await demo();
  if (!keep) await cleanUp();
} catch (error) {
  // Errors during the shutdown are expected.
  if (cleaning === undefined)
    say(`\ndemo: failed: ${error instanceof Error ? error.message : String(error)}`);
  await cleanUp();
  process.exitCode = 1;
}

async function demo(): Promise<void> {
  title('1. a lab: a cloud API, a Git remote, real machines');
  const env = { ...process.env, ...(await labUp()) };
  const labSeconds = seconds(started);

  title('2. a repository: example-repo/, committed and pushed');
  scratch = await mkdtemp(join(tmpdir(), 'pressluft-demo-'));
  const repository = await createRepository(join(scratch, 'repository'), env);

  title('3. the daemon: from that commit to running sites');
  const runEnv = { ...env, PRESSLUFT_STATE_DIR: join(scratch, 'state') };
  const first = performance.now();
  daemon = spawn(
    launcher,
    ['run', '--poll-interval', '2s', '--progress', process.stderr.isTTY ? 'auto' : 'lines'],
    {
      env: runEnv,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const daemonEnd = new Promise<never>((_, reject) => {
    daemon?.on('exit', (code) => reject(new Error(`the daemon ended with ${code}`)));
  });
  daemonEnd.catch(() => undefined);
  const until = (commit: string | undefined) => Promise.race([allReady(repository, commit), daemonEnd]);
  const before = await until(undefined);
  const createSeconds = seconds(first);
  const sites = await checkSites(before);

  title('4. a commit changes a PHP setting and a domain');
  const second = performance.now();
  const change = await repository.change(
    [
      { file: 'sites/acme/production.yaml', from: 'memoryLimit: 384M', to: 'memoryLimit: 512M' },
      { file: 'sites/acme/production.yaml', from: 'primary: acme.example', to: 'primary: shop.acme.example' },
    ],
    'feat(acme): a new name, and more memory for the shop',
    () => showPlan(repository.dir),
  );
  const changed = await until(change);
  const changeSeconds = seconds(second);
  expect(changed, 'environment/acme-production', (view) => view.details.url === 'http://shop.acme.example/');
  const changedSites = await checkSites(changed);

  title('5. git revert puts it back');
  const third = performance.now();
  const after = await until(await repository.revert(change));
  const revertSeconds = seconds(third);
  const digest = before.get('environment/acme-production')?.digest;
  expect(after, 'environment/acme-production', (view) => view.digest === digest);
  const finalSites = await checkSites(after);

  title('the fleet');
  printSites(finalSites);
  title('what Pressluft committed (branch pressluft/status)');
  for (const line of await repository.statusLog()) say(`  ${line}`);
  title('timings');
  say(`  lab up                                ${labSeconds} s`);
  say(`  commit to ${sites.length} environments on 2 new nodes ${createSeconds} s`);
  say(`  commit to changed environment         ${changeSeconds} s`);
  say(`  git revert to the state before        ${revertSeconds} s`);
  say(`  all                                   ${seconds(started)} s`);
  for (const site of [...sites, ...changedSites, ...finalSites]) assertAnswers(site);
  if (keep) printKept(repository, finalSites);
  else say('\ndemo: every environment answered; run it with --keep to open the sites');
}

/** The plan that a reviewer sees before the change is pushed: made from the records, without credentials. */
async function showPlan(dir: string): Promise<void> {
  const args = ['plan', '--observed', 'status', '--base', 'origin/main', '--ref', 'HEAD'];
  const env = { PATH: process.env.PATH, HOME: dir };
  say(await must(launcher, args, { cwd: dir, env }));
  say();
}

/** Waits until all resources are Ready, for the given commit if there is one. */
async function allReady(repository: Repository, commit: string | undefined) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const status = await repository.status();
    const views = [...status.values()];
    const observed = views.find((view) => view.observedRevision !== undefined)?.observedRevision;
    const isSeen = commit === undefined ? views.length > 0 : observed === commit;
    if (isSeen && views.every((view) => view.ready)) return status;
    if (performance.now() > deadline) {
      const waiting = views
        .filter((view) => !view.ready)
        .map((view) => `${view.resource} (${view.reason}: ${view.message})`);
      throw new Error(
        `not Ready after ${timeoutMs / 60_000} minutes: ${waiting.join('; ') || 'no status was committed'}`,
      );
    }
    await new Promise((done) => setTimeout(done, 500));
  }
}

type Status = Awaited<ReturnType<Repository['status']>>;

function expect(
  status: Status,
  resource: string,
  isSo: (view: NonNullable<ReturnType<Status['get']>>) => boolean,
): void {
  const view = status.get(resource);
  if (view === undefined || !isSo(view))
    throw new Error(`${resource} is not as the commit describes it: ${JSON.stringify(view)}`);
}

function assertAnswers(site: SiteCheck): void {
  if (![200, 401].includes(site.status)) throw new Error(`${site.url} answers with HTTP ${site.status}`);
  if (site.version === '') throw new Error(`${site.url} names no WordPress version`);
}

function printSites(sites: readonly SiteCheck[]): void {
  const width = Math.max(...sites.map((site) => site.environment.length));
  for (const site of sites) {
    say(`  ${site.environment.padEnd(width)}  HTTP ${site.status}  WordPress ${site.version}  ${site.url}`);
    if (site.url !== site.preview) say(`  ${' '.repeat(width)}            preview          ${site.preview}`);
  }
}

function printKept(repository: Repository, sites: readonly SiteCheck[]): void {
  title('it keeps running');
  const host = new URL(sites[0]?.preview ?? 'http://localhost').host;
  const address = host.split('.')[1]?.replaceAll('-', '.') ?? '';
  say(`  open a site     curl -H 'Host: ${host}' http://${address}/`);
  say(`  change the fleet  cd ${repository.dir} && edit, commit, push`);
  say(`  end it          Ctrl-C here, or: bin/pressluft lab down --name ${labName}`);
}

/** Ends the daemon, then the lab; runs once, however often it is called. */
function cleanUp(): Promise<void> {
  cleaning ??= (async () => {
    await endDaemon();
    await labDown();
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  })();
  return cleaning;
}

async function endDaemon(): Promise<void> {
  if (daemon === undefined || daemon.exitCode !== null) return;
  const ended = new Promise((done) => daemon?.on('exit', done));
  daemon.kill('SIGTERM');
  const force = setTimeout(() => daemon?.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(force);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
