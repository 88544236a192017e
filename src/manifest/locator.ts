import type { ParsedFile } from './parse-file.ts';
import { composeYaml, type YamlDocument } from './yaml/compose.ts';
import { type FieldRange, fieldRange } from './yaml/field-range.ts';

/** Offsets of a field in the text of its file. */
export type Locator = (
  file: ParsedFile,
  documentIndex: number,
  path: readonly string[],
  at: 'key' | 'value',
) => FieldRange;

/**
 * Finds fields by parsing the file again, for ten thousand syntax trees are not worth keeping for the few positions that are
 * asked for. Keeps the last file only, as neighbouring questions are about the same one.
 */
export function createLocator(): Locator {
  let last: { readonly file: ParsedFile; readonly documents: readonly YamlDocument[] } | undefined;
  return (file, documentIndex, path, at) => {
    if (last?.file !== file) last = { file, documents: composeYaml(file.text ?? '').documents };
    const document = last.documents[documentIndex];
    return document === undefined ? { start: 0, end: 0, depth: 0 } : fieldRange(document, path, at);
  };
}
