const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `2h` in milliseconds; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})([smh])$/.exec(text);
  const unit = unitMs[match?.[2] ?? ''];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** `256M` or `2G`, as PHP writes its memory limit, in MiB; undefined for anything else. */
export function parseMemoryMib(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})([MG])$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === 'G' ? 1024 : 1);
}

export const maxSwapMib = 64 * 1024;

/** `512MiB`, `1GiB` or `0` in MiB; undefined for anything else. */
export function parseSizeMib(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^([1-9]\d{0,4})(MiB|GiB)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === 'GiB' ? 1024 : 1);
}
