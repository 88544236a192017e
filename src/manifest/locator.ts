import type { ParsedFile } from './parsed-file.ts';
import { composeYaml, type YamlDocument } from './yaml/compose.ts';
import { type FieldRange, fieldRange } from './yaml/field-range.ts';

/** Offsets of a field in the text of its file. */
export type Locator = (
  file: ParsedFile,
  documentIndex: number,
  path: readonly string[],
  at: 'key' | 'value',
) => FieldRange;

/** Places of earlier questions, by file: most questions of a load repeat those of the last one. */
export type Places = WeakMap<ParsedFile, Map<string, FieldRange>>;

export function createPlaces(): Places {
  return new WeakMap();
}

/**
 * Finds fields by parsing the file again: few positions are asked for, so ten thousand syntax trees are not worth their memory.
 * Keeps only the last tree, because consecutive questions are about the same file.
 */
export function createLocator(places: Places = createPlaces()): Locator {
  let last: { readonly file: ParsedFile; readonly documents: readonly YamlDocument[] } | undefined;
  return (file, documentIndex, path, at) => {
    const known = places.get(file) ?? new Map<string, FieldRange>();
    places.set(file, known);
    const key = JSON.stringify([documentIndex, at, path]);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (last?.file !== file) last = { file, documents: composeYaml(file.text ?? '').documents };
    const document = last.documents[documentIndex];
    const found = document === undefined ? { start: 0, end: 0, depth: 0 } : fieldRange(document, path, at);
    known.set(key, found);
    return found;
  };
}
