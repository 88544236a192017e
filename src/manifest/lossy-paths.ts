import type { FileLoss } from '../fleet/quarantine.ts';
import { directoryLikeManifest } from './manifest-file.ts';
import type { ParsedFile } from './parsed-file.ts';

/** The paths at which a missing document counts as lost: files that are not completely manifests, and what is in their place. */
export function lossyPaths(files: readonly ParsedFile[]): ReadonlyMap<string, FileLoss> {
  const found = new Map<string, FileLoss>();
  for (const { path, loss } of files) {
    if (loss !== undefined) found.set(path, loss);
    const directory = directoryLikeManifest(path);
    if (directory !== undefined) found.set(directory, { kind: 'directory', line: 1 });
  }
  return found;
}
