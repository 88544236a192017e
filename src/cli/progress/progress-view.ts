import type { Clock } from '../../ports/clock.ts';
import type { OnProgress } from '../../reconcile/progress.ts';
import type { Paint } from '../paint.ts';
import { plainLines } from './plain-lines.ts';
import { reduceProgress } from './reduce.ts';
import { renderFrame } from './render-frame.ts';
import { emptyModel, type ProgressModel } from './view-model.ts';

/** As much of a terminal as the view needs; sizes are read again for each frame, since windows change. */
export interface ProgressStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface ProgressViewOptions {
  readonly stream: ProgressStream;
  /** Draw frames over each other; otherwise one plain line for each event worth reading. */
  readonly live: boolean;
  readonly paint: Paint;
  readonly clock: Clock;
}

export interface ProgressView {
  readonly onProgress: OnProgress;
  /** Writes whole lines, which stay: above the frame while there is one. */
  print(text: string): void;
  /** Draws the last frame, which stays, and ends. */
  stop(): void;
}

/** At most ten frames a second: quicker is not calmer, and costs the terminal's time. */
const frameMs = 100;

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** Erases from the cursor to the end of the screen. */
const eraseBelow = '\u001b[J';

/** Shows progress on a stream while it happens. */
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
    // One write a frame, so that the terminal never shows half of one.
    const up = drawnLines > 0 ? `\u001b[${drawnLines}A` : hideCursor;
    stream.write(`${up}\r${eraseBelow}${above}${lines.join('\n')}\n`);
    drawnLines = lines.length;
  };
  const animate = async () => {
    while (!stopped.signal.aborted) {
      // Between two passes nothing moves, so nothing is drawn.
      if (model.pass !== null && model.finished === null) draw();
      await clock.sleep(frameMs, stopped.signal);
    }
  };
  // Ends by the abort of its sleep; a stream that is gone is noticed elsewhere.
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
