import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';

// Whether there is a terminal is the caller's knowledge; whether its user wants colours is https://no-color.org.
const colors = createColors((process.env.NO_COLOR ?? '') === '');

const levelColors: Readonly<Record<string, (text: string) => string>> = {
  debug: colors.dim,
  info: colors.cyan,
  warn: colors.yellow,
  error: colors.red,
};

/** One JSON log line for a person: time, level, message, fields. What came from a node cannot steer the terminal. */
export function prettyLine(line: string): string {
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
