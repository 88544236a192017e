import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
  add(chunk: Uint8Array): void;
  /** Emits a last line that has no newline. */
  end(): void;
}

/** Cuts a byte stream into lines without their newline; a line over `maxLineBytes` is dropped and counted by `onOverlong`. */
export function createLineSplitter(options: {
  readonly maxLineBytes: number;
  readonly onLine: (line: string) => void;
  readonly onOverlong?: () => void;
}): LineSplitter {
  const { maxLineBytes, onLine, onOverlong } = options;
  let decoder = new StringDecoder('utf8');
  let pending = '';
  let pendingBytes = 0;
  let dropping = false;

  function finishLine(): void {
    const line = pending + decoder.end();
    const dropped = dropping;
    decoder = new StringDecoder('utf8');
    pending = '';
    pendingBytes = 0;
    dropping = false;
    if (!dropped) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  function append(bytes: Uint8Array): void {
    if (dropping || bytes.length === 0) return;
    pendingBytes += bytes.length;
    if (pendingBytes > maxLineBytes) {
      dropping = true;
      pending = '';
      onOverlong?.();
      return;
    }
    pending += decoder.write(bytes);
  }

  return {
    add(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        append(chunk.subarray(start, end));
        finishLine();
        start = end + 1;
      }
      append(chunk.subarray(start));
    },
    end() {
      if (pendingBytes > 0) finishLine();
    },
  };
}
