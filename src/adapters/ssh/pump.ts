import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { MarkerFilter } from './marker-filter.ts';

export interface Pump {
  /** Waits until everything was passed on; a daemon that holds the pipe open without a word is not waited for. */
  finish(): Promise<void>;
}

/** How long a pipe may be silent after the process that it belongs to has ended. */
const silentMs = 1000;

/**
 * Passes output on no quicker than it is taken, so that any amount of it needs no memory. `onClosed` is called when nobody takes it any
 * more. The sink is left open.
 */
export function pump(
  source: Readable,
  sink: NodeJS.WritableStream,
  filter: Pick<MarkerFilter, 'push' | 'flush'> | undefined,
  onClosed: () => void,
): Pump {
  let lastByteAt = performance.now();
  let waiting = false;
  const closed = new AbortController();
  const onError = () => {
    closed.abort();
    onClosed();
  };
  sink.on('error', onError);

  const write = async (bytes: Buffer) => {
    if (bytes.length === 0 || closed.signal.aborted || sink.write(bytes)) return;
    waiting = true;
    await once(sink, 'drain', { signal: closed.signal }).catch(() => undefined);
    waiting = false;
    lastByteAt = performance.now();
  };
  const run = async () => {
    for await (const chunk of source) {
      lastByteAt = performance.now();
      await write(filter === undefined ? (chunk as Buffer) : filter.push(chunk as Buffer));
    }
  };
  const done = run()
    // A pipe that was given up below has nothing more to say.
    .catch(() => undefined)
    .then(() => (filter === undefined ? undefined : write(filter.flush())))
    .finally(() => sink.removeListener('error', onError));

  return {
    finish: async () => {
      const watch = setInterval(() => {
        if (!waiting && performance.now() - lastByteAt > silentMs) source.destroy();
      }, silentMs / 10);
      await done;
      clearInterval(watch);
    },
  };
}
