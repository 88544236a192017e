import type { ResourceRef } from '../../fleet/brand.ts';
import type { ServerType } from '../../fleet/observed.ts';

/**
 * Facts that are not in the manifests. A check that needs an absent fact reports nothing and never guesses, so fewer facts mean fewer
 * findings, never different ones.
 */
export interface KnownFacts {
  /** Server types on sale, by the name of the provider, from the last answer of its API. */
  readonly serverTypes?: ReadonlyMap<string, readonly ServerType[]>;
  /** Memory of nodes in MiB, by the name of the node, as observed by a probe. */
  readonly nodeMemoryMib?: ReadonlyMap<string, number>;
  /**
   * The environment that has a domain applied, from records. It keeps the domain, so of several that claim it only the others are reported: without
   * this fact all of them are.
   */
  readonly domainHolders?: ReadonlyMap<string, ResourceRef>;
  /** Wall clock in ms since the epoch. */
  readonly now?: number;
}
