import { CST, Schema } from 'yaml';
import type { Json } from '../../fleet/digest.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from './plain-value.ts';
import { textFault } from './text-rules.ts';
import { parseTokens, type TokenStream } from './tokens.ts';

export interface SimpleDocument {
  readonly value: Json;
  /** Offset of its first key, or of what it is when that is no block mapping. */
  readonly start: number;
}

/** Undefined: not simple. Whatever is built then is thrown away. */
type Simple<T> = T | undefined;

/**
 * The values of the documents of a text that is written the usual way, straight from its tokens; undefined for all others,
 * broken ones included. Composing syntax trees costs as much again as everything else about a manifest, and they are needed
 * only to say where something is. Invariant, tested as a property: where this gives values, `composeYaml` finds no error and
 * `toPlain` gives the same values and no problem. What is rare is left to them rather than understood here: anchors, aliases,
 * tags, directives, tabs, explicit keys, lists at the root, and everything that manifests may not have.
 */
export function readSimple(
  text: string,
  { tokens, stopped }: TokenStream = parseTokens(text),
): Simple<readonly SimpleDocument[]> {
  if (stopped !== undefined || remarkable.test(text)) return undefined;
  const documents: SimpleDocument[] = [];
  for (const token of tokens) {
    switch (token.type) {
      case 'document': {
        const value = documentValue(token);
        if (value === undefined) return undefined;
        documents.push({ value, start: startOf(token) });
        break;
      }
      case 'byte-order-mark':
      case 'comment':
      case 'newline':
      case 'space':
        break;
      default:
        return undefined;
    }
  }
  return documents;
}

/** What {@link textFault} looks for, but for line breaks and surrogates, which a decoded text only has in pairs; and tabs. */
const remarkable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\{[{%#]/;

function documentValue({ start, value, end }: CST.Document): Simple<Json> {
  const began = start.findIndex(({ type }) => type === 'doc-start');
  if (!onlyBlanks(start.slice(0, Math.max(0, began)), true)) return undefined;
  const after = start.slice(began + 1);
  if (!onlyBlanks(after, began === -1) || !onlyBlanks(end, true)) return undefined;
  if (value === undefined) return null;
  if (value.type === 'flow-collection') return flowCollection(value, 0, '');
  const onSameLine = began !== -1 && !after.some(({ type }) => type === 'newline');
  return value.type === 'block-map' && !onSameLine ? blockMap(value, 0, '') : undefined;
}

function startOf({ value, offset }: CST.Document): number {
  const first = value?.type === 'block-map' ? value.items[0]?.key : value;
  return first?.offset ?? offset;
}

/** `grand` and `key` are the last two keys of the path, by which fields of several lines are known. */
function nodeValue(token: CST.Token, depth: number, grand: string, key: string): Simple<Json> {
  switch (token.type) {
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      if (!onlyBlanks(token.end, false)) return undefined;
      return scalarValue(token, grand, key);
    case 'block-scalar':
      return text(token, grand, key);
    case 'block-map':
      return blockMap(token, depth, key);
    case 'block-seq':
      return blockSequence(token, depth, key);
    case 'flow-collection':
      return flowCollection(token, depth, key);
    default:
      return undefined;
  }
}

function blockMap(map: CST.BlockMap, depth: number, parent: string): Simple<Json> {
  if (depth >= limits.nestingDepth) return undefined;
  const result: JsonObject = {};
  for (const item of map.items) {
    const { start, key, sep, value } = item;
    if (item.explicitKey === true || !onlyBlanks(start, true)) return undefined;
    if (sep === undefined) {
      // Comments at the end of a mapping.
      if (key == null && value === undefined && item === map.items.at(-1)) continue;
      return undefined;
    }
    if (key == null || !('indent' in key) || key.indent !== map.indent) return undefined;
    const place = afterIndicator(sep, 'map-value-ind', false);
    if (place === undefined || (place === 'same line' && value?.type === 'block-map')) return undefined;
    if (!setPair(result, key, value, depth, parent)) return undefined;
  }
  return result;
}

function blockSequence(sequence: CST.BlockSequence, depth: number, parent: string): Simple<Json> {
  if (depth >= limits.nestingDepth) return undefined;
  const result: Json[] = [];
  for (const item of sequence.items) {
    const { start, value } = item;
    if (value === undefined && item === sequence.items.at(-1) && onlyBlanks(start, true)) continue;
    if (afterIndicator(start, 'seq-item-ind', true) === undefined) return undefined;
    const simple = value === undefined ? null : nodeValue(value, depth + 1, parent, String(result.length));
    if (simple === undefined) return undefined;
    result.push(simple);
  }
  return result;
}

function flowCollection(
  { start, items, end }: CST.FlowCollection,
  depth: number,
  parent: string,
): Simple<Json> {
  const isMap = start.source === '{';
  const [closing, ...rest] = end;
  if (closing?.source !== (isMap ? '}' : ']') || !onlyBlanks(rest, false)) return undefined;
  if (depth >= limits.nestingDepth) return undefined;
  const object: JsonObject = {};
  const list: Json[] = [];
  for (const [index, { start: before, key, sep, value }] of items.entries()) {
    const commas = commasIn(before);
    const isEmpty = key == null && sep === undefined && value === undefined;
    const last = index === items.length - 1;
    if (isEmpty && last && (commas === 0 || (commas === 1 && index > 0))) continue;
    if (isEmpty || commas !== Math.min(index, 1)) return undefined;
    if (!isMap) {
      const simple =
        sep === undefined && value !== undefined ? flowValue(value, depth, parent, list) : undefined;
      if (simple === undefined) return undefined;
      list.push(simple);
    } else {
      if (key == null || sep === undefined || isBlock(value)) return undefined;
      if (afterIndicator(sep, 'map-value-ind', false) === undefined) return undefined;
      if (!setPair(object, key, value, depth, parent)) return undefined;
    }
  }
  return isMap ? object : list;
}

function flowValue(value: CST.Token, depth: number, parent: string, list: readonly Json[]): Simple<Json> {
  return isBlock(value) ? undefined : nodeValue(value, depth + 1, parent, String(list.length));
}

function isBlock(token: CST.Token | undefined): boolean {
  return token?.type === 'block-map' || token?.type === 'block-seq' || token?.type === 'block-scalar';
}

/** The longest key that may be given without an indicator has 1024 characters; nobody writes half of that. */
const longestKey = 512;

/** False when the pair is not simple. */
function setPair(
  object: JsonObject,
  key: CST.Token,
  value: CST.Token | undefined,
  depth: number,
  parent: string,
): boolean {
  const name = keyText(key);
  if (name === undefined || Object.hasOwn(object, name)) return false;
  const simple = value === undefined ? null : nodeValue(value, depth + 1, parent, name);
  if (simple === undefined) return false;
  object[name] = simple;
  return true;
}

function keyText(key: CST.Token): Simple<string> {
  if (key.type !== 'scalar' && key.type !== 'double-quoted-scalar' && key.type !== 'single-quoted-scalar')
    return undefined;
  if (key.end !== undefined || key.source.length > longestKey || lineBreak.test(key.source)) return undefined;
  const name = text(key, '', '');
  return name === '__proto__' || name === '<<' ? undefined : name;
}

const lineBreak = /[\n\r]/;

function scalarValue(token: CST.FlowScalar, grand: string, key: string): Simple<Json> {
  const value = text(token, grand, key);
  return value === undefined || token.type !== 'scalar' ? value : coreValue(value);
}

/** What may begin a plain scalar that is more than its characters, or nothing at all. */
const plainEnough = /^[^,%|>@`\n\r][^\n\r]*$/;

/** The text of a scalar. One that stands on one line and has no escapes is a part of the file's text, so its characters are sound. */
function text(token: CST.FlowScalar | CST.BlockScalar, grand: string, key: string): Simple<string> {
  const { type, source } = token;
  if (type === 'scalar' && (source === '' || plainEnough.test(source))) return source;
  if (type === 'double-quoted-scalar' && /^"[^"\\\n\r]*"$/.test(source)) return source.slice(1, -1);
  if (type === 'single-quoted-scalar' && /^'[^'\n\r]*'$/.test(source)) return source.slice(1, -1);
  let faulty = false;
  const resolved = CST.resolveAsScalar(token, true, () => {
    faulty = true;
  });
  if (faulty || resolved === null) return undefined;
  const mayHaveLines = `${grand}/${key}` === 'nginx/serverSnippet';
  return textFault(resolved.value, mayHaveLines) === undefined ? resolved.value : undefined;
}

/** First characters of everything in the core schema that is no text. */
const mayBeOther = /^[-+.0-9~nNtTfF]/;
const coreTags = new Schema({ schema: 'core', resolveKnownTags: false }).tags.flatMap((tag) =>
  tag.collection === undefined && tag.default === true && tag.test !== undefined
    ? [{ test: tag.test, resolve: tag.resolve }]
    : [],
);

function coreValue(text: string): Json {
  if (text === '') return null;
  if (!mayBeOther.test(text)) return text;
  const tag = coreTags.find(({ test }) => test.test(text));
  if (tag === undefined) return text;
  const resolved: unknown = tag.resolve(text, () => {}, {});
  const value =
    typeof resolved === 'object' && resolved !== null && 'value' in resolved ? resolved.value : resolved;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

/** Whether nothing but space, line ends and comments stands there; a comment needs space before it. */
function onlyBlanks(tokens: readonly CST.Token[] | undefined, spaceBefore: boolean): boolean {
  if (tokens === undefined) return true;
  let spaced = spaceBefore;
  for (const { type } of tokens) {
    if (type === 'space' || type === 'newline') spaced = true;
    else if (type !== 'comment' || !spaced) return false;
  }
  return true;
}

/** Where the value stands after exactly one indicator among blanks; a `:` must be on the line of its key. */
function afterIndicator(
  tokens: readonly CST.Token[],
  indicator: 'map-value-ind' | 'seq-item-ind',
  spaceBefore: boolean,
): Simple<'same line' | 'below'> {
  let spaced = spaceBefore;
  let found = false;
  let below = false;
  for (const token of tokens) {
    if (token.type === indicator) {
      if (found) return undefined;
      found = true;
      spaced = false;
    } else if (token.type === 'space') {
      if (!found && token.source.length > longestKey) return undefined;
      spaced = true;
    } else if (token.type === 'newline') {
      if (!found && indicator === 'map-value-ind') return undefined;
      spaced = true;
      below = found;
    } else if (token.type !== 'comment' || !spaced) {
      return undefined;
    }
  }
  return found ? (below ? 'below' : 'same line') : undefined;
}

/** Commas among blanks; Infinity when there is anything else. */
function commasIn(tokens: readonly CST.SourceToken[]): number {
  let commas = 0;
  let spaced = false;
  for (const { type } of tokens) {
    if (type === 'space' || type === 'newline') spaced = true;
    else if (type === 'comma') {
      commas++;
      spaced = false;
    } else if (type !== 'comment' || !spaced) {
      return Number.POSITIVE_INFINITY;
    }
  }
  return commas;
}
