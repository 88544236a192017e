import type { ServerType } from '../../fleet/observed.ts';

/**
 * What the manifests do not say and somebody else may know. Checks that need a fact which is absent say nothing: nothing is guessed,
 * so a fleet that is checked without any of them is checked for less, never for something else.
 */
export interface KnownFacts {
  /** What providers sell, by the name of the provider, as their API said last. */
  readonly serverTypes?: ReadonlyMap<string, readonly ServerType[]>;
  /** Memory of nodes in MiB, by the name of the node, as a probe found it. */
  readonly nodeMemoryMib?: ReadonlyMap<string, number>;
  /** Wall clock in ms since the epoch. */
  readonly now?: number;
}
