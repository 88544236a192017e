import type { ProgressView } from './progress-view.ts';

/** Where log lines go while progress may be drawn on the same stream; the log is opened before there is a view. */
export interface LogRelay {
  readonly isTTY: boolean;
  write(text: string): void;
  /** From now on lines go through the view, so that they do not tear it. */
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
