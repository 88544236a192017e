import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import pino from 'pino';
import type { Log, LogFields } from '../../ports/log.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { loggable } from './loggable.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  /** Destination of the lines; JSON, or readable text when it is a terminal. */
  readonly destination: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly secrets: Pick<Secrets, 'redact'>;
}

/** JSON lines `{level, time, …fields, msg}`: every value is redacted and bounded first. */
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

// The caller knows whether this is a terminal; whether its user wants colours: https://no-color.org.
const colors = createColors((process.env.NO_COLOR ?? '') === '');

const levelColors: Readonly<Record<string, (text: string) => string>> = {
  debug: colors.dim,
  info: colors.cyan,
  warn: colors.yellow,
  error: colors.red,
};

/** One JSON log line as readable text: time, level, message, fields. Text from a node cannot control the terminal. */
function prettyLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const name = String(level);
  const paint = levelColors[name] ?? String;
  const details = Object.entries(fields).map(
    ([key, value]) => ` ${colors.dim(`${plain(key)}=`)}${plain(shown(value))}`,
  );
  return `${colors.dim(clock)} ${paint(name.padEnd(5))} ${plain(String(msg ?? ''))}${details.join('')}\n`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = stripVTControlCharacters(value);
    return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
  }
  return JSON.stringify(value) ?? '';
}

function plain(text: string): string {
  const hidden = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach the terminal
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, hidden);
}
