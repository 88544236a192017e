import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A planted secret, with the name of its place. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** Output of Pressluft, with the name of its place. */
export interface Sink {
  readonly name: string;
  readonly text: string;
}

/** This part of a secret identifies it, so half of a secret is searched for too. */
const partLength = 14;

/** `place: secret as form` for each form of each secret that is found in a sink. */
export function leaks(canaries: readonly Canary[], sinks: readonly Sink[]): readonly string[] {
  return sinks.flatMap(({ name, text }) => {
    // Wrapped text is joined again: real line ends, and line ends escaped for JSON.
    const texts = [text, text.replace(/\s+/g, ''), text.replace(/\\r?\\n|\s+/g, '')];
    return canaries.flatMap((canary) =>
      formsOf(canary.value)
        .filter(([, form]) => texts.some((each) => each.includes(form)))
        .map(([form]) => `${name}: ${canary.name} as ${form}`),
    );
  });
}

/** The forms in which a program may quote its input; independent of the forms that redaction knows. */
export function formsOf(secret: string): readonly (readonly [name: string, form: string])[] {
  const part = secret.slice(0, partLength);
  const base64 = [0, 1, 2].map((before): readonly [string, string] => {
    const encoded = Buffer.from(`${'x'.repeat(before)}${part}`)
      .toString('base64')
      .replace(/=+$/, '');
    return [`base64 after ${before}`, encoded.slice([0, 2, 3][before], -2)];
  });
  const hex = Buffer.from(part).toString('hex');
  return [
    ['text', part],
    ['JSON', JSON.stringify(part).slice(1, -1)],
    ['URL', encodeURIComponent(part)],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ...base64,
  ];
}

/** Quotes everything in every form, as a hostile API or node does. */
export function quotations(secret: string): readonly string[] {
  const whole = [0, 1, 2].map((before) => Buffer.from(`${'x'.repeat(before)}${secret}y`).toString('base64'));
  const hex = Buffer.from(secret).toString('hex');
  return [secret, JSON.stringify(secret), encodeURIComponent(secret), hex, hex.toUpperCase(), ...whole];
}

/** Every file below a directory, except those with a stated reason. */
export async function filesBelow(
  dir: string,
  isLeftOut: (path: string) => boolean,
): Promise<readonly Sink[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths
      .filter((path) => !isLeftOut(path.slice(dir.length + 1)))
      .map(async (path) => ({ name: path.slice(dir.length + 1), text: await readFile(path, 'latin1') })),
  );
}
