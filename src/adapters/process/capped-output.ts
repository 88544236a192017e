/** Collects bytes up to a limit and keeps both ends: the head shows what started, the tail why it ended. */
export interface CappedOutput {
  add(chunk: Uint8Array): void;
  /** Total bytes received, kept or not. */
  totalBytes(): number;
  truncated(): boolean;
  /** UTF-8; invalid bytes become U+FFFD. A line in the middle says how much was left out. */
  text(): string;
}

export function createCappedOutput(maxBytes: number): CappedOutput {
  const headLimit = Math.ceil(maxBytes / 2);
  const tailLimit = maxBytes - headLimit;
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let tail: Uint8Array[] = [];
  let tailBytes = 0;
  let total = 0;

  return {
    add(chunk) {
      total += chunk.length;
      const toHead = Math.min(chunk.length, headLimit - headBytes);
      if (toHead > 0) {
        head.push(chunk.subarray(0, toHead));
        headBytes += toHead;
      }
      if (toHead === chunk.length) return;
      tail.push(chunk.subarray(toHead));
      tailBytes += chunk.length - toHead;
      // Trimmed at twice the limit, so that the copying stays linear in what was received.
      if (tailBytes > 2 * tailLimit + 65_536) {
        tail = [lastBytes(tail, tailLimit)];
        tailBytes = tail[0]?.length ?? 0;
      }
    },
    totalBytes: () => total,
    truncated: () => total > maxBytes,
    text() {
      const headText = Buffer.concat(head);
      if (total <= maxBytes) return Buffer.concat([headText, ...tail]).toString('utf8');
      const omitted = total - headLimit - tailLimit;
      return `${headText.toString('utf8')}\n… ${omitted} bytes left out …\n${lastBytes(tail, tailLimit).toString('utf8')}`;
    },
  };
}

function lastBytes(chunks: readonly Uint8Array[], count: number): Buffer {
  const all = Buffer.concat(chunks);
  return all.subarray(Math.max(0, all.length - count));
}
