/** One entry of the tree of a commit. */
export interface ManifestFile {
  /** Path from the root of the repository, `/`-separated. */
  readonly path: string;
  /** Object id of the blob: the same id means the same content. */
  readonly oid: string;
  readonly kind: 'file' | 'symlink' | 'submodule';
  /**
   * The content; only its size when it exceeds the limit and was not read; `cached` when {@link ManifestCache} has this path and
   * oid, so that the content need not be read again.
   */
  readonly bytes: Uint8Array | { readonly tooLarge: number } | 'cached';
}

/** YAML, and JSON files with secrets: manifests may refer to these. */
const manifestFile = /\.(ya?ml|sops\.json)$/i;
const statusDirectories = /^(status|backups|runs)\//;

/** Whether a file of this path is read with the manifests: YAML outside of dot-directories. */
export function isManifestPath(path: string, ignoreStatusPaths = false): boolean {
  return manifestFile.test(path) && !isHidden(path) && !(ignoreStatusPaths && statusDirectories.test(path));
}

/**
 * Whether an entry of a tree is an input of {@link loadFleet}. Links and submodules of any name are, and so is everything in a directory
 * that is named like a manifest, because they may have replaced manifests.
 */
export function isManifestEntry(
  { path, kind }: Pick<ManifestFile, 'path' | 'kind'>,
  ignoreStatusPaths = false,
): boolean {
  if (kind !== 'file') return !isHidden(path);
  const directory = directoryLikeManifest(path);
  return isManifestPath(path, ignoreStatusPaths) || (directory !== undefined && !isHidden(directory));
}

const belowManifestName = /^(.+?\.ya?ml)\//i;

/** The directory above a path that is named like a manifest. */
export function directoryLikeManifest(path: string): string | undefined {
  return belowManifestName.exec(path)?.[1];
}

function isHidden(path: string): boolean {
  return path.startsWith('.') || path.includes('/.');
}
