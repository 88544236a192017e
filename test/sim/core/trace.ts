import { createHash } from 'node:crypto';

/** All events in order. The digest covers all lines; only the newest lines are kept unless all are requested. */
export interface Trace {
  add(line: string): void;
  /** SHA-256 of all lines so far. */
  digest(): string;
  readonly count: number;
  /** The lines that were kept. */
  lines(): readonly string[];
}

export function createTrace(keep = 400): Trace {
  const hash = createHash('sha256');
  let kept: string[] = [];
  let count = 0;
  // Hashed many lines at a time, because each call of the hash costs more than its line.
  let open = '';
  const close = () => {
    hash.update(open);
    open = '';
  };
  return {
    add: (line) => {
      open += `${line}\n`;
      if (open.length > 65_536) close();
      count += 1;
      kept.push(line);
      if (kept.length > 2 * keep) kept = kept.slice(-keep);
    },
    digest: () => {
      close();
      return hash.copy().digest('hex');
    },
    get count() {
      return count;
    },
    lines: () => kept.slice(-keep),
  };
}
