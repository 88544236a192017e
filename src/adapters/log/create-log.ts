import pino from 'pino';
import type { Log, LogFields } from '../../ports/log.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { loggable } from './loggable.ts';
import { prettyLine } from './pretty-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go; JSON, or a form for people when it is a terminal. */
  readonly destination: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly secrets: Pick<Secrets, 'redact'>;
}

/** JSON lines `{level, time, …fields, msg}`: nothing gets in that was not redacted and bounded first. */
export function createLog({ level, destination, secrets }: LogOptions): Log {
  const pretty = destination.isTTY === true;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain values by the time they get here.
      serializers: {},
    },
    { write: (line) => destination.write(pretty ? prettyLine(line) : line) },
  );
  const redact = (text: string) => secrets.redact(text);
  const clean = (fields: LogFields) => loggable(fields, redact) as Record<string, unknown>;
  return wrap(logger, clean);
}

function wrap(logger: pino.Logger, clean: (fields: LogFields) => Record<string, unknown>): Log {
  const method = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](clean(fields), '%s', message);
  };
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (fields) => wrap(logger.child(clean(fields)), clean),
  };
}
