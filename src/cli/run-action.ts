import { runDaemon } from '../reconcile/daemon.ts';
import type { OnProgress } from '../reconcile/progress.ts';
import type { CliContext, Session } from './context.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { logProgress } from './progress/log-progress.ts';
import { createProgressView } from './progress/progress-view.ts';
import type { ProgressForm, RunFlags } from './run.ts';
import { isLive } from './terminal.ts';
import { loadOptions, withSession } from './with-session.ts';

/** Reconciles until the context's signal; ends in order. */
export function run(context: CliContext, flags: RunFlags, color: ColorChoice): Promise<void> {
  // Log lines would tear the live view; it shows what they would say.
  const isForPeople = isLive(context) || flags.progress === 'lines';
  const defaultLogLevel = isForPeople ? 'silent' : 'info';
  return withSession(context, flags, { access: 'exclusive', defaultLogLevel }, (session) =>
    daemon(context, session, flags, color),
  );
}

async function daemon(
  context: CliContext,
  session: Session,
  flags: RunFlags,
  color: ColorChoice,
): Promise<void> {
  const { deps, memory } = session;
  const progress = progressOf(context, session, flags.progress, color);
  let release: () => void = () => undefined;
  try {
    await runDaemon(deps, memory, {
      ...loadOptions(session),
      pollIntervalMs: flags.pollInterval,
      ...(flags.interval === undefined ? {} : { intervalMs: flags.interval }),
      signal: context.signal,
      onProgress: progress.onProgress,
      onReady: (ring) => {
        release = wakeOnSignals(ring);
      },
    });
  } finally {
    release();
    progress.stop();
  }
}

function progressOf(
  context: CliContext,
  { deps }: Session,
  form: ProgressForm,
  color: ColorChoice,
): { readonly onProgress: OnProgress; stop(): void } {
  const live = isLive(context);
  if (!live && form === 'auto') return { onProgress: logProgress(deps.log), stop: () => undefined };
  const paint = paintFor(context.stderr, context.env, color);
  return createProgressView({ stream: context.stderr, live, paint, clock: deps.clock });
}

/** SIGHUP is what service managers send to reload; SIGUSR1 is for hooks. Returns what takes the handlers away again. */
function wakeOnSignals(ring: (reason: string) => void): () => void {
  const releases = (['SIGHUP', 'SIGUSR1'] as const).map((name) => {
    const wake = () => ring(name);
    process.on(name, wake);
    return () => process.off(name, wake);
  });
  return () => {
    for (const release of releases) release();
  };
}
