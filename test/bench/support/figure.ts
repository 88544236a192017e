/** One line of the table: a measurement and its comparison. Nothing is asserted on it. */
export interface Figure {
  readonly benchmark: string;
  readonly what: string;
  readonly measured: string;
  /** The other measurement, e.g. `by hand 3.1 s`. */
  readonly beside: string;
  /** The comparison, e.g. `+3.2 %` or `7.4 × faster`. */
  readonly result: string;
  readonly target: string;
  /** Null where there is no target. */
  readonly reached: boolean | null;
  /** The figures for programs; the units are in the names. */
  readonly data: Readonly<Record<string, unknown>>;
}

export function figure(
  benchmark: string,
  what: string,
  measured: string,
  rest: Partial<Omit<Figure, 'benchmark' | 'what' | 'measured'>> = {},
): Figure {
  const blank = { beside: '', result: '', target: '', reached: null, data: {} };
  return { ...blank, ...rest, benchmark, what, measured };
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function mebibytes(kib: number): string {
  return `${(kib / 1024).toFixed(1)} MiB`;
}

export function signedPercent(fraction: number): string {
  return `${fraction >= 0 ? '+' : ''}${(fraction * 100).toFixed(1)} %`;
}
