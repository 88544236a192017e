import type { CommitSha } from '../fleet/brand.ts';
import type { FleetConfig } from '../fleet/config.ts';
import { configPath } from '../fleet/config-path.ts';
import { loadFleet } from '../manifest/index.ts';
import type { GitReader } from '../ports/git-repository.ts';
import { readManifest } from './load-desired.ts';

/** The `pressluft.yaml` of a commit, without the rest of its manifests; null when it is missing or broken. */
export async function configAt(
  git: Pick<GitReader, 'list' | 'read'>,
  commit: CommitSha,
): Promise<FleetConfig | null> {
  const entry = (await git.list(commit, configPath)).find(({ path }) => path === configPath);
  if (entry === undefined) return null;
  return loadFleet([await readManifest(git, entry)], commit).fleet?.config ?? null;
}
