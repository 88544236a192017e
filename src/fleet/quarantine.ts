import type { ResourceRef } from './brand.ts';
import type { SourcePosition } from './resource.ts';

/** The parts of a commit that cannot be used. Resources that they describe, or described before, are neither changed nor deleted. */
export interface Quarantine {
  /** Files with errors, by path. */
  readonly files: ReadonlyMap<string, BrokenFile>;
  /** Resources with a broken or refused manifest, resources that are referred to and have no manifest, and the dependents of all of them. */
  readonly resources: ReadonlyMap<ResourceRef, QuarantineCause>;
  /**
   * Paths at which a missing document counts as lost, not as removed: what is there now is no manifest, or may be damaged. Most of
   * them never described anything.
   */
  readonly lossy: ReadonlyMap<string, FileLoss>;
}

/** The first error of a broken manifest. */
export interface ManifestFault {
  /** Code of the diagnostic. */
  readonly code: string;
  readonly message: string;
  readonly position: SourcePosition;
}

export interface BrokenFile extends ManifestFault {
  /** It may describe any resource: it has content whose kind and name cannot be read. */
  readonly isUnidentified: boolean;
}

export interface QuarantineCause {
  /**
   * `missing`: it has no manifest, and others refer to it; the fault is that of one reference. `refused`: its manifest is in a file that
   * may not hold it.
   */
  readonly kind: 'broken' | 'missing' | 'refused';
  /** The resource whose manifest is broken or missing: itself, or one that it depends on. */
  readonly of: ResourceRef;
  readonly fault: ManifestFault;
}

/** Why a missing document of a file may have been lost. */
export interface FileLoss {
  readonly kind: FileLossKind;
  /** Line of the finding; 1 for the whole file. */
  readonly line: number;
}

export type FileLossKind =
  /** The file has nothing but blanks and document markers. */
  | 'empty'
  /** The file has only comments. */
  | 'comments'
  /** The file has content, and no manifest. */
  | 'no_manifest'
  /** A document beside manifests has no content. */
  | 'empty_document'
  /** A document beside manifests is none of Pressluft. */
  | 'other_document'
  /** The last line of a file with manifests has no end, as in a file that was cut off. */
  | 'cut_off'
  /** A link or submodule, in place of the file or of a directory above it. */
  | 'symlink'
  | 'submodule'
  /** A directory has the name of a manifest file. */
  | 'directory';

/** What makes it uncertain whether the manifests of a path were removed: something at the path, or in place of a directory above it. */
export function lossAt(
  { lossy }: Quarantine,
  path: string,
): { readonly path: string; readonly loss: FileLoss } | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const loss = lossy.get(at);
    if (loss !== undefined) return { path: at, loss };
  }
  return undefined;
}
