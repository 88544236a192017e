import type { ProgressView } from './progress-view.ts';

/** Log destination on a stream that may also show progress. The log is opened before the view exists. */
export interface LogRelay {
  readonly isTTY: boolean;
  write(text: string): void;
  /** Sends further lines through the view, so that they do not break a frame. */
  through(view: Pick<ProgressView, 'print'>): void;
}

export function createLogRelay(stream: { readonly isTTY?: boolean; write(text: string): unknown }): LogRelay {
  let print = (text: string): void => void stream.write(text);
  return {
    isTTY: stream.isTTY === true,
    write: (text) => print(text),
    through: (view) => {
      print = view.print;
    },
  };
}
