import { loggable } from '../../../src/adapters/log/loggable.ts';
import type { Log, LogFields } from '../../../src/ports/log.ts';
import type { SimProcess, Trace } from '../core/index.ts';

export interface LogSink {
  /** Receives every line in the form of production. */
  line(text: string): void;
}

/** Writes the lines of the production log, redacted and bounded in the same way, to the trace and a sink. */
export function simLog(
  process: SimProcess,
  trace: Trace,
  redact: (text: string) => string,
  sink: LogSink,
  bound: LogFields = {},
): Log {
  const write = (level: string) => (fields: LogFields, message: string) => {
    if (!process.alive) return;
    const text = JSON.stringify(loggable({ level, ...bound, ...fields, message }, redact));
    sink.line(text);
    if (level !== 'debug') trace.add(`${process.name} log ${text}`);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => simLog(process, trace, redact, sink, { ...bound, ...fields }),
  };
}
