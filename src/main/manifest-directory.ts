import type { CommitSha } from '../fleet/brand.ts';
import { type LoadedFleet, loadFleet } from '../manifest/index.ts';
import { readTree } from './read-tree.ts';

/** Stands for "not committed yet". */
const workTree = '0'.repeat(40) as CommitSha;

/** Checks the manifests of a directory, as they lie there. */
export async function loadDirectory(
  path: string,
  artifactMirror: string | undefined,
): Promise<LoadedFleet & { readonly commit: CommitSha }> {
  const mirror = artifactMirror === undefined ? {} : { artifactMirror };
  const options = { ...mirror, now: Date.now() };
  return { ...loadFleet(readTree(path), workTree, options), commit: workTree };
}
