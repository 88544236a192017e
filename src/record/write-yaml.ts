/**
 * Writes a mapping in block style, deterministically: equal values with equal member order have equal texts. Omits undefined
 * members. Not `dump` of js-yaml: it does not escape bidirectional and invisible characters, which can hide text from a reader of
 * `git log`, and it wraps long lines.
 */
export function writeYaml(value: Readonly<Record<string, unknown>>): string {
  const lines: string[] = [];
  writeMapping(value, '', '', lines);
  return `${lines.join('\n')}\n`;
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

/** Also escapes characters that JSON does not escape: those that YAML treats as a line break or rejects, and those that are invisible or reorder text. */
function escaped(json: string): string {
  return unsafe.test(json)
    ? json.replace(allUnsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json;
}

const unsafe = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;
const allUnsafe = new RegExp(unsafe, 'g');
const plainKey = /^[A-Za-z_][\w.-]*$/;
const plainText = /^[A-Za-z/][\w./+@()%,=-]*(?:[: ][\w./+@()%,=-]+)*$/;
/** Words that some version of YAML does not parse as text. */
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
