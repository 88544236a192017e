/**
 * Something that reads foreign bytes. The property is the same for all: it returns a value within its documented shape, or throws
 * a PressluftError (or what `allows` lets pass); it never hangs, never grows without bound, and leaves the prototypes alone.
 */
export interface FuzzTarget {
  readonly name: string;
  /** Files, or folders with a slash at the end, whose coverage guides and is reported; from the root of the repository. */
  readonly covers: readonly string[];
  /** Inputs to begin with: sound ones get furthest. */
  readonly seeds: () => readonly (string | Uint8Array)[];
  /** Words of the format, beside the texts in the sources that are covered. */
  readonly dictionary?: readonly string[];
  /** Inputs are also changed as values of this format, not only as bytes. */
  readonly structure?: 'json' | 'yaml';
  /** Longest input; default 8192. */
  readonly maxBytes?: number;
  /** One execution may take so long; default 2000. */
  readonly maxMs?: number;
  /** Loads the code under test, so that its coverage is counted from the first line; gives what one input is tried with. */
  readonly load: () => Promise<(input: Buffer) => unknown>;
  /** Errors beside PressluftError that the caller in `src/` turns into one. */
  readonly allows?: (error: unknown) => boolean;
}
