/** What a login shell may print before the command; more is taken for a machine that talks nonsense. */
const maxPreambleBytes = 65_536;

/** Takes the markers of {@link wrapped} out of an output that is passed on as it comes. */
export interface MarkerFilter {
  /** What may be passed on now: nothing before the marker, and never what may yet become the marker at the end. */
  push(chunk: Buffer): Buffer;
  /** What was held back and is output after all. */
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

/** Length of the longest end of `bytes` with which `marker` begins. */
function possibleMarkerAtEnd(bytes: Buffer, marker: Buffer): number {
  for (let length = Math.min(bytes.length, marker.length); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}
