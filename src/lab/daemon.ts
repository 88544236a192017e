import { messageOf, PressluftError } from '../fleet/errors.ts';
import { startLab } from './lab.ts';
import type { DaemonMessage, DaemonOptions } from './launch-daemon.ts';

/*
 * The lab in the background: started by `launchDaemon` with its options as the only argument. Until it is ready it reports over the
 * IPC channel and stops when its parent ends; afterwards it runs until SIGTERM. Machines outlive it.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as DaemonOptions;
const stop = new AbortController();
let isReady = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.on('disconnect', () => {
  if (!isReady) stop.abort();
});

try {
  const lab = await startLab({
    ...options,
    signal: stop.signal,
    onProgress: (message) => {
      write('progress', { text: message });
      send({ kind: 'progress', message });
    },
    log: write,
  });
  isReady = true;
  write('ready', { dir: lab.description.dir });
  if (!stop.signal.aborted) {
    send({ kind: 'ready' });
    if (process.connected) process.disconnect();
    // The servers of the lab keep the process alive.
    await new Promise<void>((resolve) =>
      stop.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
  }
  await lab.close();
  write('stopped', {});
  process.exit(0);
} catch (error) {
  write('failed', { error: messageOf(error) });
  send({
    kind: 'failed',
    code: error instanceof PressluftError ? error.code : undefined,
    message: messageOf(error),
    hint: error instanceof PressluftError ? error.hint : undefined,
  });
  if (process.connected) process.disconnect();
  process.exitCode = 1;
}

function send(message: DaemonMessage): void {
  // The parent may have ended by now, which is not a failure of the lab.
  if (process.connected) process.send?.(message, () => undefined);
}

function write(message: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), msg: message, ...fields })}\n`);
}
