/**
 * The YAML of records: block style, one form for each value. What is written here is read back line by line, some twenty times
 * faster than by a YAML parser, which the ten thousand records of a large fleet need; any other text is left to the parser.
 */

/** Text of a mapping; equal values with equal order of members have equal texts. Undefined members are left out. */
export function writeYaml(value: Readonly<Record<string, unknown>>): string {
  const lines: string[] = [];
  writeMapping(value, '', '', lines);
  return `${lines.join('\n')}\n`;
}

/**
 * The mapping that {@link writeYaml} made this text of; undefined for any text that it did not make, valid YAML or not. Invariant,
 * tested as a property: writing the mapping gives the same text again.
 */
export function readWrittenYaml(text: string): Readonly<Record<string, unknown>> | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '') return undefined;
  const reader: Reader = { lines, at: 0 };
  const value = readMapping(reader, 0, '');
  return reader.at === lines.length ? value : undefined;
}

function writeMapping(
  value: Readonly<Record<string, unknown>>,
  indent: string,
  first: string,
  lines: string[],
): void {
  let lead = first === '' ? indent : first;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    writeMember(`${lead}${keyText(key)}:`, member, `${indent}  `, lines);
    lead = indent;
  }
}

function writeMember(head: string, value: unknown, indent: string, lines: string[]): void {
  if (Array.isArray(value) && value.length > 0 && !value.some(Array.isArray)) {
    lines.push(head);
    for (const item of value) writeItem(item, indent, lines);
  } else if (isMapping(value) && Object.values(value).some((member) => member !== undefined)) {
    lines.push(head);
    writeMapping(value, indent, '', lines);
  } else {
    lines.push(`${head} ${scalar(value)}`);
  }
}

function writeItem(item: unknown, indent: string, lines: string[]): void {
  if (isMapping(item) && Object.values(item).some((member) => member !== undefined)) {
    writeMapping(item, `${indent}  `, `${indent}- `, lines);
  } else {
    lines.push(`${indent}- ${scalar(item)}`);
  }
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return isPlain(value) ? value : quoted(value);
  // Lists of lists are rare: flow style, which is JSON. Empty lists and mappings are `[]` and `{}`.
  return escaped(JSON.stringify(value) ?? 'null');
}

function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

/** JSON leaves as they are what YAML takes for a line break or refuses, and what shows a reader of `git log` other text than there is. */
function escaped(json: string): string {
  return unsafe.test(json)
    ? json.replace(allUnsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json;
}

const unsafe = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;
const allUnsafe = new RegExp(unsafe, 'g');
const plainKey = /^[A-Za-z_][\w.-]*$/;
const plainText = /^[A-Za-z/][\w./+@()%,=-]*(?:[: ][\w./+@()%,=-]+)*$/;
/** Words that one version of YAML or another takes for something else than text. */
const reserved = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

function keyText(key: string): string {
  return plainKey.test(key) && !reserved.test(key) ? key : quoted(key);
}

function isPlain(text: string): boolean {
  return text.length <= 200 && plainText.test(text) && !reserved.test(text);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Reader {
  readonly lines: readonly string[];
  at: number;
}

const memberLine = /^(?:([A-Za-z_][\w.-]*)|("(?:[^"\\]|\\.)*")):(?: (.+))?$/;

/** Members at one depth; `first` is the rest of a line that begins with a dash. */
function readMapping(reader: Reader, depth: number, first: string): Record<string, unknown> | undefined {
  const mapping: Record<string, unknown> = {};
  const keys: string[] = [];
  let rest: string | undefined = first === '' ? lineAt(reader, depth) : first;
  while (rest !== undefined) {
    const match = memberLine.exec(rest);
    if (match === null) return undefined;
    reader.at++;
    const [, plain, quotedKey, value] = match;
    const key = plain ?? json(quotedKey ?? '');
    // The name of the prototype is set in another way than it is read.
    if (typeof key !== 'string' || key === '__proto__' || keyText(key) !== (plain ?? quotedKey))
      return undefined;
    const member = value === undefined ? readNested(reader, depth + 2) : readScalar(value);
    if (member === undefined) return undefined;
    mapping[key] = member;
    keys.push(key);
    rest = lineAt(reader, depth);
  }
  // A key that is there twice, or one that looks like a number and is not where it would be written.
  const written = Object.keys(mapping);
  const isSame = written.length === keys.length && written.every((key, at) => key === keys[at]);
  return isSame && keys.length > 0 ? mapping : undefined;
}

function readNested(reader: Reader, depth: number): unknown {
  const line = lineAt(reader, depth);
  if (line === undefined) return undefined;
  return line.startsWith('- ') ? readList(reader, depth) : readMapping(reader, depth, '');
}

function readList(reader: Reader, depth: number): readonly unknown[] | undefined {
  const items: unknown[] = [];
  for (let line = lineAt(reader, depth); line?.startsWith('- '); line = lineAt(reader, depth)) {
    const rest = line.slice(2);
    const isMember = memberLine.test(rest);
    if (!isMember) reader.at++;
    const item = isMember ? readMapping(reader, depth + 2, rest) : readScalar(rest);
    // A list of lists is written in one line.
    if (item === undefined || Array.isArray(item)) return undefined;
    items.push(item);
  }
  return items;
}

/** The next line without its indentation, if it stands at this depth. */
function lineAt({ lines, at }: Reader, depth: number): string | undefined {
  const line = lines[at];
  if (line === undefined || line.length <= depth) return undefined;
  for (let column = 0; column < depth; column++) if (line.charCodeAt(column) !== space) return undefined;
  return line.charCodeAt(depth) === space ? undefined : line.slice(depth);
}

const space = 32;

const maxFlowLength = 2048;

/** Quoted text without anything that is escaped. */
const simplyQuoted = /^"[ !#-[\]-~]*"$/;

/** Undefined for what {@link scalar} writes in another way. */
function readScalar(text: string): unknown {
  if (isPlain(text)) return text;
  if (simplyQuoted.test(text)) {
    const value = text.slice(1, -1);
    return isPlain(value) ? undefined : value;
  }
  // What is nested within a line is rare and shallow, and deeper than this is for a parser that fails in order.
  const isLongFlow = text.length > maxFlowLength && /^[[{]/.test(text);
  const value = isLongFlow ? undefined : json(text);
  if (value === undefined || scalar(value) !== text) return undefined;
  const isBlock = Array.isArray(value)
    ? value.length > 0 && !value.some(Array.isArray)
    : isMapping(value) && Object.keys(value).length > 0;
  return isBlock ? undefined : value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
