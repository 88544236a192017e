import { withoutUrls } from '../../../src/fleet/environment-task.ts';
import { frontPage } from './front-page.ts';
import {
  cronFile,
  passwordFile,
  phpConfig,
  phpUnits,
  siteFile,
  snippetFile,
  wpConfigFile,
} from './layout.ts';
import type { EnvironmentRecord, Fields, Slot } from './machine.ts';
import {
  type AtWork,
  begin,
  change,
  isChanged,
  type Outcomes,
  runEach,
  StepError,
  step,
  type Wanted,
} from './module.ts';

const patienceMs = 20_000;

/** `pressluft_environment_record`: recorded as applied only if its front page is correct. */
export async function record(
  at: AtWork,
  all: readonly Wanted[],
  previous: readonly Outcomes[],
): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, previous);
  await runEach(at, environments, outcomes, async (environment, own) => {
    const { name } = environment;
    if (at.check && at.machine.slots.get(name)?.live == null) return;
    if (!at.check) await step(at, own, 'verify', () => verify(at, environment));
    await step(at, own, 'record', async (entry) => {
      const slot = at.machine.slots.get(name);
      const next = recordOf(environment, slot);
      if (slot !== undefined && slot.record !== null && isSame(slot.record, next)) return;
      await change(at, environment, entry, 5, 'recorded', (made) => {
        made.record = { ...next, appliedAt: at.machines.timestamp() };
      });
    });
  });
  for (const [name, own] of outcomes) {
    const earlier = previous.some((each) => {
      const outcome = each.get(name);
      return outcome !== undefined && isChanged(outcome);
    });
    own.changedOverall = own.error === null && (isChanged(own) || earlier);
  }
  return outcomes;
}

async function verify(at: AtWork, environment: Wanted): Promise<void> {
  const first = problemOf(at, environment);
  await at.pass(first === null ? 150 : 20);
  if (first === null) return;
  await at.pass(patienceMs);
  const last = problemOf(at, environment);
  if (last !== null) throw new StepError('verify_failed', last);
}

function problemOf({ machine }: AtWork, { name, state, wordpress, site_url: url }: Wanted): string | null {
  const page = frontPage(machine, name);
  if (page.kind === 'refused') return `no answer from nginx: ${page.message}`;
  const { status } = page;
  if (page.marker !== name) return `another host answers for ${url.replace('http://', '')} (HTTP ${status})`;
  if (state === 'stopped') return status === 503 ? null : `stopped, yet it answers HTTP ${status}`;
  if (status === 502 || status === 504) return `the front page answers HTTP ${status}`;
  if (status >= 400) return `WordPress does not start (HTTP ${status})`;
  if (page.wordpress === wordpress.version) return null;
  return `WordPress ${page.wordpress} answers instead of ${wordpress.version}`;
}

function recordOf(wanted: Wanted, slot: Slot | undefined): EnvironmentRecord {
  const { name, uid, digest, state, hosts, php, wordpress } = wanted;
  const paths = [
    siteFile(name),
    wpConfigFile(name),
    passwordFile(name),
    snippetFile(name),
    cronFile(name),
    phpConfig(name),
    ...phpUnits(name),
  ];
  const managedFiles: Record<string, string> = {};
  for (const path of paths.sort()) {
    const sha256 = slot?.files.get(path);
    if (sha256 !== undefined) managedFiles[path] = sha256;
  }
  const pinned = (list: readonly { readonly slug: string; readonly version: string }[]) =>
    Object.fromEntries(list.map((each) => [each.slug, each.version]));
  return {
    v: 1,
    uid,
    name,
    digest,
    state,
    host: hosts.preview,
    spec: wanted.spec ?? (withoutUrls(wanted) as Fields),
    managedFiles,
    versions: {
      wordpress: slot?.releases.get(slot.live ?? '')?.wordpress ?? null,
      php: php.version,
      plugins: pinned(wordpress.plugins),
      themes: pinned(wordpress.themes),
    },
  };
}

function isSame(known: EnvironmentRecord, next: EnvironmentRecord): boolean {
  const { appliedAt: _, ...applied } = known;
  return JSON.stringify(applied) === JSON.stringify(next);
}
