import { type Command, Option } from 'commander';
import { runDaemon } from '../reconcile/daemon.ts';
import type { OnProgress } from '../reconcile/progress.ts';
import type { CliContext, RepositoryFlags, Session } from './context.ts';
import { addExamples, addRepositoryOptions, durationMs, globalOptions } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { logProgress } from './progress/log-progress.ts';
import { createLogRelay, type LogRelay } from './progress/log-relay.ts';
import { createProgressView, isLive } from './progress/progress-view.ts';
import { loadOptions, withSession } from './with-session.ts';

const progressForms = ['auto', 'lines'] as const;
type ProgressForm = (typeof progressForms)[number];

interface RunFlags extends RepositoryFlags {
  readonly interval?: number;
  readonly pollInterval: number;
  readonly progress: ProgressForm;
}

const defaultPollMs = 15_000;

export function registerRun(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .option(
      '--interval <duration>',
      'pause between passes (default: spec.interval of pressluft.yaml)',
      durationMs,
    )
    .addOption(
      new Option('--poll-interval <duration>', 'how often to check for new commits')
        .argParser(durationMs)
        .default(defaultPollMs, '15s'),
    )
    .addOption(
      new Option(
        '--progress <form>',
        'auto: live view on a terminal, JSON logs otherwise; lines: plain text lines',
      )
        .choices(progressForms)
        .default('auto'),
    )
    .action((flags: RunFlags) => run(context, flags, globalOptions(command).color));
  addExamples(command, 'pressluft run --repo https://git.example.org/fleet.git --poll-interval 15s');
}

/** Reconciles until the context's signal is aborted, then shuts down in order. */
function run(context: CliContext, flags: RunFlags, color: ColorChoice): Promise<void> {
  // Progress for people replaces the log lines of level info.
  const isForPeople = isLive(context) || flags.progress === 'lines';
  const log = createLogRelay(context.stderr);
  return withSession(
    context,
    flags,
    { access: 'exclusive', defaultLogLevel: isForPeople ? 'warn' : 'info', logDestination: log },
    (session) => daemon(context, session, log, flags, color),
  );
}

async function daemon(
  context: CliContext,
  session: Session,
  log: LogRelay,
  flags: RunFlags,
  color: ColorChoice,
): Promise<void> {
  const { deps, memory } = session;
  const progress = progressOf(context, session, log, flags.progress, color);
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
  log: LogRelay,
  form: ProgressForm,
  color: ColorChoice,
): { readonly onProgress: OnProgress; stop(): void } {
  const live = isLive(context) && form !== 'lines';
  if (!live && form === 'auto') return { onProgress: logProgress(deps.log), stop: () => undefined };
  const paint = paintFor(context.stderr, context.env, color);
  const view = createProgressView({ stream: context.stderr, live, paint, clock: deps.clock });
  log.through(view);
  return view;
}

/** Service managers send SIGHUP to reload; SIGUSR1 is for hooks. Returns a function that removes the handlers. */
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
