import { sha256Hex } from '../../../src/fleet/digest.ts';
import type { Release } from './machine.ts';
import {
  type AtWork,
  begin,
  change,
  type Outcomes,
  runEach,
  StepError,
  step,
  type Wanted,
} from './module.ts';

/** The code phase also returns the built release, and the configuration phase activates it. */
export interface BuiltReleases {
  readonly outcomes: Outcomes;
  readonly releases: ReadonlyMap<string, string>;
}

/** `pressluft_environment_code`: pinned code, downloaded once for each node and linked into a release. */
export async function code(
  at: AtWork,
  all: readonly Wanted[],
  previous: readonly Outcomes[],
  contentVersion: string,
): Promise<BuiltReleases> {
  const { environments, outcomes } = begin(all, previous);
  const fetched = new Set<string>();
  const releases = new Map<string, string>();
  await runEach(at, environments, outcomes, async (environment, own) => {
    await step(at, own, 'artifacts', async (entry) => {
      for (const { url, sha256 } of treesOf(environment)) {
        if (fetched.has(sha256)) entry.changed = true;
        if (at.machine.trees.has(sha256)) continue;
        const problem = at.machines.artifactProblem(url, sha256);
        if (problem !== null) throw new StepError(problem.code, `${url}: ${problem.message}`);
        fetched.add(sha256);
        await change(at, environment, entry, 1500, `fetched ${sha256.slice(0, 16)}`, () => {
          at.machine.trees.add(sha256);
        });
      }
    });
    await step(at, own, 'release', async (entry) => {
      const release = releaseOf(environment, contentVersion);
      releases.set(environment.name, release.id);
      const slot = at.machine.slots.get(environment.name);
      const damaged = (slot?.damaged.size ?? 0) > 0;
      if (slot?.live === release.id && !damaged) return;
      entry.changed = true;
      entry.message = release.id;
      if (at.check || (slot?.releases.has(release.id) === true && !damaged)) return;
      await change(at, environment, entry, 600, `built release ${release.id}`, (made) => {
        made.releases.set(release.id, release);
        made.damaged.clear();
      });
    });
  });
  return { outcomes, releases };
}

function treesOf({ wordpress }: Wanted): readonly { readonly url: string; readonly sha256: string }[] {
  return [wordpress, ...wordpress.plugins, ...wordpress.themes];
}

function releaseOf(environment: Wanted, contentVersion: string): Release {
  const { wordpress, cache } = environment;
  const pins = treesOf(environment).map(({ sha256 }) => sha256);
  const id = `${wordpress.version}-${sha256Hex([contentVersion, cache.object, ...pins].join(' ')).slice(0, 16)}`;
  return {
    id,
    wordpress: wordpress.version,
    plugins: versions(wordpress.plugins),
    themes: versions(wordpress.themes),
  };
}

function versions(
  pinned: readonly { readonly slug: string; readonly version: string }[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(pinned.map(({ slug, version }) => [slug, version]));
}
