import { hostsOf } from './claims.ts';
import { phpOf, siteFile } from './layout.ts';
import {
  type AtWork,
  begin,
  change,
  fail,
  note,
  type Outcomes,
  type Progress,
  progressOf,
  runEach,
  StepError,
  slotOf,
  step,
  type Wanted,
} from './module.ts';
import { type Contents, candidate, cron, differing, passwords, put, wpConfig } from './render.ts';
import { restartPhp, settle } from './services.ts';

interface Prepared {
  readonly environment: Wanted;
  readonly own: Progress;
  readonly contents: Contents;
  readonly before: Contents;
}

/** `pressluft_environment_config`: configuration is tested before activation; hosts of all environments are loaded together. */
export async function config(
  at: AtWork,
  all: readonly Wanted[],
  previous: readonly Outcomes[],
  built: ReadonlyMap<string, string>,
  contentVersion: string,
): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, previous);
  const candidates = new Map<string, Contents>();
  await runEach(at, environments, outcomes, (environment, own) =>
    prepare(at, environment, own, candidates, contentVersion),
  );
  for (const environment of environments)
    await reject(at, environment, progressOf(outcomes, environment), candidates);
  const accepted = environments.filter((environment) => progressOf(outcomes, environment).error === null);
  await runEach(at, accepted, outcomes, (environment, own) =>
    switchRelease(at, environment, own, built.get(environment.name)),
  );
  await activate(at, accepted, outcomes, candidates);
  await runEach(at, accepted, outcomes, (environment, own) => schedule(at, environment, own));
  return outcomes;
}

async function prepare(
  at: AtWork,
  environment: Wanted,
  own: Progress,
  candidates: Map<string, Contents>,
  contentVersion: string,
): Promise<void> {
  await step(at, own, 'render', () => {
    const { version } = environment.php;
    if (!at.machine.phpVersions.has(version)) {
      const has = [...at.machine.phpVersions].sort().join(', ') || 'none';
      throw new StepError(
        'php_version_missing',
        `PHP ${version} is not installed on this node; it has ${has}`,
      );
    }
    const contents = candidate(environment, contentVersion);
    candidates.set(environment.name, contents);
    slotOf(at.machine, environment.name).hosts.set(
      contents.get(siteFile(environment.name)) ?? '',
      hostsOf(environment),
    );
  });
  await step(at, own, 'wp_config', async (entry) => {
    const slot = at.machine.slots.get(environment.name);
    if (slot?.claim == null && !at.check) {
      throw new StepError('secrets_missing', `${environment.name} has no secrets on this node`);
    }
    const [path, content] = wpConfig(environment, slot?.secrets ?? 0);
    if (slot?.files.get(path) === content) return;
    await change(at, environment, entry, 5, 'wrote wp-config.php', (made) => put(made, path, content));
  });
}

/** The nginx configuration test: the simulation only knows this invalid expression. */
const brokenSnippet = /rewrite "\^\/\("/;

async function reject(
  at: AtWork,
  environment: Wanted,
  own: Progress,
  candidates: ReadonlyMap<string, Contents>,
): Promise<void> {
  const contents = candidates.get(environment.name);
  if (own.error !== null || contents === undefined || environment.state !== 'running') return;
  const changed = differing(at.machine.slots.get(environment.name), contents).length > 0;
  if (!changed || !brokenSnippet.test(environment.nginx.server_snippet ?? '')) return;
  await step(at, own, 'config_test', () => undefined);
  fail(own, 'nginx_config_invalid', 'nginx: [emerg] unknown directive "no_such_directive"');
}

function switchRelease(
  at: AtWork,
  environment: Wanted,
  own: Progress,
  release: string | undefined,
): Promise<void> {
  return step(at, own, 'switch', async (entry) => {
    const live = at.machine.slots.get(environment.name)?.live ?? null;
    if (release === undefined || live === release) return;
    entry.message = `${live ?? 'nothing'} -> ${release}`;
    await change(at, environment, entry, 30, `switched to ${release}`, (slot) => {
      if (live !== null) at.machine.owed.add(phpOf(environment.name));
      slot.live = release;
      const newest = [...slot.releases.keys()].filter((id) => id !== release).at(-1);
      for (const id of [...slot.releases.keys()])
        if (id !== release && id !== newest) slot.releases.delete(id);
    });
  });
}

/** New PHP masters first, then the hosts that use them, then masters that are not used any more. */
async function activate(
  at: AtWork,
  accepted: readonly Wanted[],
  outcomes: Outcomes,
  candidates: ReadonlyMap<string, Contents>,
): Promise<void> {
  const prepared: Prepared[] = [];
  for (const environment of accepted) {
    const own = progressOf(outcomes, environment);
    if (own.error !== null) continue;
    const contents = candidates.get(environment.name) ?? new Map();
    await step(at, own, 'activate', async (entry) => {
      const slot = at.machine.slots.get(environment.name);
      const paths = differing(slot, contents);
      if (paths.length > 0) entry.changed = true;
      prepared.push({
        environment,
        own,
        contents: new Map(paths.map((path) => [path, contents.get(path) ?? null])),
        before: new Map(paths.map((path) => [path, slot?.files.get(path) ?? null])),
      });
      const [path, content] = passwords(environment);
      if ((slot?.files.get(path) ?? null) === content) return;
      await change(at, environment, entry, 5, 'wrote the password file', (made) => put(made, path, content));
    });
  }
  if (at.check) return;
  try {
    await load(at, prepared);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    for (const { environment, before } of prepared) putAll(at, environment, before);
    for (const { own } of prepared) fail(own, error.code, error.message);
  }
}

async function load(at: AtWork, prepared: readonly Prepared[]): Promise<void> {
  const added = chosen(prepared, (path, content) => isPhp(path) && content !== null);
  const removed = chosen(prepared, (path, content) => isPhp(path) && content === null);
  const hosts = chosen(prepared, (path) => !isPhp(path));
  for (const file of added) at.machine.owed.add(phpOf(file.environment.name));
  putEach(at, added);
  for (const { environment } of prepared) {
    const { name, state } = environment;
    const isClosed = at.machine.slots.get(name)?.php !== true;
    if (state === 'running' && (isClosed || at.machine.owed.has(phpOf(name)))) await restartPhp(at, name);
  }
  if (hosts.length > 0 || at.machine.owed.has('nginx')) {
    at.machine.owed.add('nginx');
    putEach(at, hosts);
    await settle(at, 'nginx');
  }
  for (const file of removed) {
    putEach(at, [file]);
    await restartPhp(at, file.environment.name);
  }
}

function isPhp(path: string): boolean {
  return path.startsWith('/etc/pressluft-php/') || path.startsWith('/etc/systemd/');
}

interface Chosen {
  readonly environment: Wanted;
  readonly path: string;
  readonly content: string | null;
}

function chosen(
  prepared: readonly Prepared[],
  fits: (path: string, content: string | null) => boolean,
): readonly Chosen[] {
  return prepared.flatMap(({ environment, contents }) =>
    [...contents]
      .filter(([path, content]) => fits(path, content))
      .map(([path, content]) => ({ environment, path, content })),
  );
}

function putEach(at: AtWork, files: readonly Chosen[]): void {
  for (const { environment, path, content } of files) putAll(at, environment, new Map([[path, content]]));
}

function putAll(at: AtWork, environment: Wanted, contents: Contents): void {
  const slot = slotOf(at.machine, environment.name);
  for (const [path, content] of contents) {
    put(slot, path, content);
    note(at, environment, `${content === null ? 'removed' : 'wrote'} ${path}`);
  }
  slot.host = { state: environment.state, php: environment.php.version };
}

function schedule(at: AtWork, environment: Wanted, own: Progress): Promise<void> {
  return step(at, own, 'cron', async (entry) => {
    const [path, content] = cron(environment);
    if ((at.machine.slots.get(environment.name)?.files.get(path) ?? null) === content) return;
    await change(at, environment, entry, 5, 'wrote the cron entry', (slot) => put(slot, path, content));
  });
}
