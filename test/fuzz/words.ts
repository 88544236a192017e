import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The texts in the sources of a target, which include most of the values that the code compares its input with. */
export function wordsOf(covers: readonly string[]): readonly string[] {
  const texts = covers.flatMap(filesOf).map((file) => readFileSync(file, 'utf8'));
  const found = texts.flatMap((text) =>
    [...text.matchAll(/'([^'\n\\]{1,40})'/g)].map(([, word = '']) => word),
  );
  return [...new Set(found)].filter((word) => !/^(node:|\.{1,2}\/)/.test(word));
}

export function isCoveredBy(covers: readonly string[]): (url: string) => boolean {
  const prefixes = covers.map((path) => `file://${join(root, path)}`);
  return (url) => prefixes.some((prefix) => (prefix.endsWith('/') ? url.startsWith(prefix) : url === prefix));
}

function filesOf(path: string): readonly string[] {
  const full = join(root, path);
  if (statSync(full).isFile()) return [full];
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(full, name));
}
