import type { ResourceRef } from '../../fleet/brand.ts';
import { printable } from '../../fleet/printable.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OnProgress, Progress } from '../../reconcile/progress.ts';
import type { CliContext } from '../context.ts';
import { formatSeconds } from '../format-seconds.ts';
import type { Paint } from '../paint.ts';
import { reduceProgress } from './reduce.ts';
import { renderFrame } from './render-frame.ts';
import { emptyModel, type ProgressModel } from './view-model.ts';

/** The part of a terminal stream that the view needs. Sizes are read for each frame, because windows are resized. */
interface ProgressStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

interface ProgressViewOptions {
  readonly stream: ProgressStream;
  /** Redraws a frame in place; otherwise prints one plain line for each relevant event. */
  readonly live: boolean;
  readonly paint: Paint;
  readonly clock: Clock;
}

export interface ProgressView {
  readonly onProgress: OnProgress;
  /** Writes permanent lines, above the frame if there is one. */
  print(text: string): void;
  /** Draws the last frame and stops. */
  stop(): void;
}

/** Ten frames a second; more would only load the terminal. */
const frameMs = 100;

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** Erases from the cursor to the end of the screen. */
const eraseBelow = '\u001b[J';

/** Whether standard error can show live frames. */
export function isLive({ stderr, env }: CliContext): boolean {
  return stderr.isTTY === true && env.TERM !== 'dumb' && (env.CI === undefined || env.CI === '');
}

/** Shows progress on a stream. */
export function createProgressView(options: ProgressViewOptions): ProgressView {
  return options.live ? liveView(options) : plainView(options);
}

function plainView({ stream, clock }: ProgressViewOptions): ProgressView {
  let model: ProgressModel = emptyModel;
  return {
    onProgress: (event) => {
      model = reduceProgress(model, event, clock.monotonic());
      for (const line of plainLines(model, event)) stream.write(`${line}\n`);
    },
    print: (text) => void stream.write(text),
    stop: () => undefined,
  };
}

function liveView({ stream, paint, clock }: ProgressViewOptions): ProgressView {
  let model: ProgressModel = emptyModel;
  let drawnLines = 0;
  const stopped = new AbortController();

  const draw = (above = '') => {
    const { columns = 80, rows = 24 } = stream;
    const lines = renderFrame(model, { columns, rows, nowMs: clock.monotonic(), paint });
    // One write per frame, so that the terminal never shows a partial frame.
    const up = drawnLines > 0 ? `\u001b[${drawnLines}A` : hideCursor;
    stream.write(`${up}\r${eraseBelow}${above}${lines.join('\n')}\n`);
    drawnLines = lines.length;
  };
  const animate = async () => {
    while (!stopped.signal.aborted) {
      // Nothing changes between two passes.
      if (model.pass !== null && model.finished === null) draw();
      await clock.sleep(frameMs, stopped.signal);
    }
  };
  // Ends when its sleep is aborted. Errors of the stream are handled elsewhere.
  animate().catch(() => undefined);

  return {
    onProgress: (event) => {
      model = reduceProgress(model, event, clock.monotonic());
      if (event.kind === 'pass-finished') draw();
    },
    print: (text) => {
      if (drawnLines === 0 || stopped.signal.aborted) stream.write(text);
      else draw(text);
    },
    stop: () => {
      if (stopped.signal.aborted) return;
      stopped.abort();
      if (model.pass !== null) draw();
      stream.write(showCursor);
    },
  };
}

/** Steps of a whole node that change nothing and take less than this are not printed. */
const quickMs = 300;

/** Lines of an event for pipes, files and CI. `model` is the model after the event. */
function plainLines(model: ProgressModel, event: Progress): readonly string[] {
  switch (event.kind) {
    case 'pass-started':
    case 'phase':
      return [];
    case 'planned': {
      const { actions, blocked, commit } = event.plan;
      if (actions.length + blocked.length === 0) return [];
      return [
        `pass ${event.pass}  commit ${commit.slice(0, 7)}  ${actions.length} to do, ${blocked.length} blocked`,
        ...blocked.map((item) => line(model, item.resource, item.kind, `blocked: ${item.message}`)),
      ];
    }
    case 'action-started':
      return [line(model, event.resource, event.action.split(':')[0] ?? '', 'started')];
    case 'step': {
      const { resource, step, status, durationMs, message } = event.step;
      const onNode = resource.startsWith('node/');
      if (status === 'running' || status === 'skipped') return [];
      if (onNode && status === 'ok' && durationMs < quickMs) return [];
      const why = status === 'failed' && message !== undefined ? `: ${message}` : '';
      return [line(model, resource, step, `${status} (${formatSeconds(durationMs)})${why}`)];
    }
    case 'action-finished': {
      const { resource, kind, outcome, changed, error } = event.result;
      const why = error === undefined ? '' : `: ${error.code} ${error.message}`;
      const word = outcome === 'succeeded' ? (changed ? 'done' : 'done, nothing to change') : outcome;
      return [line(model, resource, kind, `${word}${why}`)];
    }
    case 'recorded':
      return [`pass ${event.pass}  recorded in ${event.commit.slice(0, 7)}`];
    case 'pass-finished': {
      const took = event.durationMs > 0 ? ` in ${formatSeconds(event.durationMs)}` : '';
      const problem = event.problem === null ? '' : `: ${printable(event.problem)}`;
      return [`pass ${event.pass}  ${printable(event.outcome)}${took}${problem}`];
    }
    default:
      return event satisfies never;
  }
}

function line(model: ProgressModel, ref: ResourceRef, what: string, end: string): string {
  const node = ref.startsWith('node/') ? ref.slice('node/'.length) : model.rows.get(ref)?.node;
  return [node ?? '-', ref, what, end].map(printable).join('  ');
}
