/**
 * Something that reads foreign bytes. The property is the same for all: it returns a value within its documented shape, or throws
 * a PressluftError (or what `allows` lets pass); it never hangs, never grows without bound, and leaves the prototypes alone.
 */
export interface FuzzTarget {
  readonly name: string;
  /** Files, or folders with a slash at the end, whose coverage guides and is reported; from the root of the repository. */
  readonly covers: readonly string[];
  /** Initial inputs: valid ones reach the most code. */
  readonly seeds: () => readonly (string | Uint8Array)[];
  /** Words of the format, in addition to the texts in the covered sources. */
  readonly dictionary?: readonly string[];
  /** Inputs are also changed as values of this format, not only as bytes. */
  readonly structure?: 'json' | 'yaml';
  /** Longest input; default 8192. */
  readonly maxBytes?: number;
  /** Time limit of one execution; default 2000. */
  readonly maxMs?: number;
  /** Loads the code under test, so that its coverage is counted from the first line; returns the function that runs one input. */
  readonly load: () => Promise<(input: Buffer) => unknown>;
  /** Other errors that the caller in `src/` converts to a PressluftError. */
  readonly allows?: (error: unknown) => boolean;
}
