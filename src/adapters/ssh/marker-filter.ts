/** Limit of output of a login shell before the command; a machine that prints more counts as broken. */
const maxPreambleBytes = 65_536;

/** Removes the markers of {@link wrapped} from an output stream. */
export interface MarkerFilter {
  /** The bytes that can be emitted now: none before the marker, and none that may still become the marker at the end. */
  push(chunk: Buffer): Buffer;
  /** Buffered bytes that turned out to be output. */
  flush(): Buffer;
  started(): boolean;
  endedWithMarker(): boolean;
}

export function createMarkerFilter(marker: string, onStart: () => void): MarkerFilter {
  const begin = Buffer.from(`${marker}\n`);
  const end = Buffer.from(marker);
  let started = false;
  let held = Buffer.alloc(0);

  function pass(bytes: Buffer): Buffer {
    const keep = possibleMarkerAtEnd(bytes, end);
    held = Buffer.from(bytes.subarray(bytes.length - keep));
    return bytes.subarray(0, bytes.length - keep);
  }

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (started) return pass(bytes);
      const at = bytes.indexOf(begin);
      if (at === -1) {
        held = Buffer.from(bytes.subarray(-maxPreambleBytes));
        return Buffer.alloc(0);
      }
      started = true;
      onStart();
      return pass(bytes.subarray(at + begin.length));
    },
    flush: () => (started && !held.equals(end) ? held : Buffer.alloc(0)),
    started: () => started,
    endedWithMarker: () => started && held.equals(end),
  };
}

/** Length of the longest suffix of `bytes` that is a prefix of `marker`. */
function possibleMarkerAtEnd(bytes: Buffer, marker: Buffer): number {
  for (let length = Math.min(bytes.length, marker.length); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}
