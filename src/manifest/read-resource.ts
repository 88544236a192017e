import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { positionAt } from './diagnostics/source-position.ts';
import { limits } from './limits.ts';
import { isObject, stringAt } from './plain.ts';
import { composeYaml, type YamlDocument } from './yaml/compose.ts';
import { decodeUtf8 } from './yaml/decode.ts';
import { fieldRange } from './yaml/field-range.ts';
import { toPlain } from './yaml/plain-value.ts';

/** A resource in one version of a file, valid or not. */
export interface WrittenResource {
  readonly value: Json;
  /** Where a field with dots between its keys is written, or its nearest parent. */
  positionOf(field: string): SourcePosition;
}

/** The resource in a file; undefined when the file does not contain it or cannot be read. Never throws. */
export function readResource(path: string, bytes: Uint8Array, ref: ResourceRef): WrittenResource | undefined {
  const decoded = bytes.length > limits.fileBytes ? undefined : decodeUtf8(bytes);
  const name = ref.slice(ref.indexOf('/') + 1);
  if (decoded?.kind !== 'text' || !decoded.text.includes(name)) return undefined;
  const { text } = decoded;
  for (const document of composeYaml(text).documents) {
    const { value } = toPlain(document, text);
    const kind = stringAt(value, 'kind')?.toLowerCase() ?? '';
    if (`${kind}/${stringAt(value, 'metadata', 'name') ?? ''}` !== ref) continue;
    return { value, positionOf: (field) => position(path, text, document, keysOf(value, field)) };
  }
  return undefined;
}

function position(
  path: string,
  text: string,
  document: YamlDocument,
  keys: readonly string[],
): SourcePosition {
  return { file: path, ...positionAt(text, fieldRange(document, keys, 'key').start) };
}

/** Keys such as `7.1.1` have dots themselves, so each level takes the longest key that matches. */
function keysOf(value: Json, field: string): readonly string[] {
  const keys: string[] = [];
  let at: Json | undefined = value;
  let rest = field;
  while (rest !== '' && isObject(at)) {
    const fitting: readonly string[] = Object.keys(at).filter(
      (key) => rest === key || rest.startsWith(`${key}.`),
    );
    const key: string | undefined = fitting.toSorted((a, b) => b.length - a.length)[0];
    if (key === undefined) break;
    keys.push(key);
    at = at[key];
    rest = rest.slice(key.length + 1);
  }
  return keys;
}
