/** A bug that is planted in the sources while they are loaded, to see whether the simulator finds it. */
export interface Mutant {
  readonly name: string;
  /** Effect of the bug. */
  readonly what: string;
  readonly file: string;
  /** Text of the file that is replaced; it must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A second place of the same bug. */
  readonly also?: { readonly file?: string; readonly find: string; readonly replace: string };
}
