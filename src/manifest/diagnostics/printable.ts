import { printable } from '../../fleet/printable.ts';

/** Printable and at most `max` UTF-16 units long. */
export function brief(text: string, max = 200): string {
  const cut = text.length <= max ? text : `${text.slice(0, max - 1)}…`;
  return printable(cut);
}

/** A value in a message: quoted, printable, short. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return `"${brief(text, 80)}"`;
}
