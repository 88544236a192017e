import {
  boolCoreTag,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  type MappingEvent,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type { Json } from '../../fleet/digest.ts';
import { limits } from '../limits.ts';
import { type JsonObject, mayHaveLines } from './plain-value.ts';
import { textFault } from './text-rules.ts';

export interface PlainYamlDocument {
  readonly value: Json;
  /** Offset of its first key, or of the whole list. */
  readonly start: number;
}

/**
 * The documents of a text that uses only a plain subset of YAML; undefined for every other text, invalid ones included. Invariant,
 * tested as a property: when this returns values, `composeYaml` finds no error, and `toPlain` returns the same values and no
 * problem. Those two read everything else: anchors, aliases, tags, directives, explicit keys, tabs, a carriage return without a
 * line feed, and everything that manifests must not contain. They also return positions; js-yaml is several times faster and
 * returns values only.
 */
export function readPlainDocuments(text: string): readonly PlainYamlDocument[] | undefined {
  if (unusual.test(text) || hasOuterSpaces(text) || hasLongLine(text)) return undefined;
  try {
    const reader: Reader = { text, events: parseEvents(text, parserOptions), at: 0, path: [] };
    const documents: PlainYamlDocument[] = [];
    while (reader.at < reader.events.length) documents.push(readDocument(reader));
    return documents.length > limits.fleetDocuments ? undefined : documents;
  } catch (error) {
    if (error === notPlain || error instanceof YAMLException) return undefined;
    throw error;
  }
}

/**
 * Everything that `textFault` reports; byte order marks, tabs, and a carriage return without a line feed; the marker that ends a
 * document; markers of a merge conflict; and possible directives and explicit keys.
 */
const unusual =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\r(?!\n)|\{[{%#]|^(?:\.\.\.|%|<{7}|\|{7}|>{7})|(?:^|[\s,[{])\?(?:\s|$)/m;

/** js-yaml reads ` ---` in the first line as a marker, and a block scalar that ends in spaces differently from `yaml`. */
function hasOuterSpaces(text: string): boolean {
  return text.startsWith(' ') || text.endsWith(' ');
}

/** Keys are limited to 1024 characters (YAML 1.2.2, section 7.4.3), which js-yaml does not check. */
const maxLineLength = 1000;

function hasLongLine(text: string): boolean {
  for (let start = 0; start < text.length; ) {
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed === -1 ? text.length : lineFeed;
    if (end - start > maxLineLength) return true;
    start = end + 1;
  }
  return false;
}

/** Limits the recursion of js-yaml, and so that of this file. */
const parserOptions = { maxDepth: limits.nestingDepth };
const notPlain = new Error('not plain YAML');

interface Reader {
  readonly text: string;
  readonly events: readonly Event[];
  /** Index of the next event. */
  at: number;
  readonly path: string[];
}

function readDocument(reader: Reader): PlainYamlDocument {
  const event = take(reader);
  if (event.type !== EVENT_ID.DOCUMENT || event.directives.length > 0) throw notPlain;
  const content = reader.events[reader.at];
  const value = readNode(reader);
  // js-yaml does not report where a scalar starts, and no manifest is a scalar.
  if (content?.type === EVENT_ID.SCALAR && content.valueStart !== -1) throw notPlain;
  if (take(reader).type !== EVENT_ID.POP) throw notPlain;
  return { value, start: content !== undefined && 'start' in content ? content.start : 0 };
}

function take(reader: Reader): Event {
  const event = reader.events[reader.at++];
  if (event === undefined) throw notPlain;
  return event;
}

function readNode(reader: Reader): Json {
  const event = take(reader);
  if ('tagStart' in event && (event.tagStart !== -1 || event.anchorStart !== -1)) throw notPlain;
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarValue(reader, event);
    case EVENT_ID.SEQUENCE:
      return readSequence(reader);
    case EVENT_ID.MAPPING:
      return readMapping(reader, event);
    default:
      throw notPlain;
  }
}

function readSequence(reader: Reader): Json[] {
  const items: Json[] = [];
  while (reader.events[reader.at]?.type !== EVENT_ID.POP) {
    reader.path.push(String(items.length));
    items.push(readNode(reader));
    reader.path.pop();
  }
  reader.at++;
  return items;
}

function readMapping(reader: Reader, { style, start }: MappingEvent): JsonObject {
  const column = style === COLLECTION_STYLE.BLOCK ? columnOf(reader.text, start) : undefined;
  const mapping: JsonObject = {};
  for (let event = take(reader); event.type !== EVENT_ID.POP; event = take(reader)) {
    const key = keyText(reader, event, column);
    if (key === '__proto__' || key === '<<' || Object.hasOwn(mapping, key)) throw notPlain;
    reader.path.push(key);
    mapping[key] = readNode(reader);
    reader.path.pop();
  }
  return mapping;
}

function columnOf(text: string, offset: number): number {
  return offset - text.lastIndexOf('\n', offset - 1) - 1;
}

/**
 * Keys are the source text, so that a version such as 7.10 keeps its digits. js-yaml accepts a key of a block mapping after a list
 * item on the same line (`- "a" b: c`), which YAML does not allow; this key is in another column than the first one.
 */
function keyText({ text }: Reader, event: Event, column: number | undefined): string {
  if (event.type !== EVENT_ID.SCALAR || event.valueStart === -1) throw notPlain;
  const { style, valueStart, tagStart, anchorStart } = event;
  if (tagStart !== -1 || anchorStart !== -1) throw notPlain;
  const start = style === SCALAR_STYLE.PLAIN ? valueStart : valueStart - 1;
  if (column !== undefined && columnOf(text, start) !== column) throw notPlain;
  const key = getScalarValue(text, event);
  if (!event.fast && textFault(key, false) !== undefined) throw notPlain;
  return key;
}

function scalarValue({ text, path }: Reader, event: ScalarEvent): Json {
  if (event.valueStart === -1) return null;
  const value = getScalarValue(text, event);
  // The others are a part of the source text on one line, which was checked already.
  if (!event.fast && textFault(value, mayHaveLines(path)) !== undefined) throw notPlain;
  return event.style === SCALAR_STYLE.PLAIN ? coreValue(value) : value;
}

/** First characters of all values of the core schema that are not text. */
const mayBeOther = /^[-+.0-9~nNtTfF]/;
const coreTags = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

function coreValue(text: string): Json {
  if (!mayBeOther.test(text)) return text;
  for (const tag of coreTags) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  // js-yaml leaves numbers beyond the maximum as text.
  if (Math.abs(Number(text)) === Number.POSITIVE_INFINITY) throw notPlain;
  return text;
}
