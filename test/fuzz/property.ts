/** A violated property of a result: always a finding, even if the target allows errors. */
export class BrokenProperty extends Error {
  override readonly name = 'BrokenProperty';
}

export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenProperty(what);
}

/** Characters that can move a cursor, hide text or reverse it. The caller decides about line feeds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

export function checkPrintable(text: string, what: string): void {
  const found = unprintable.exec(text);
  check(found === null, `${what} prints ${JSON.stringify(found?.[0])}`);
}

export function checkOneLine(text: string, what: string): void {
  checkPrintable(text, what);
  check(!text.includes('\n'), `${what} has a line end`);
}

/** Plain data without foreign prototypes, and only numbers that JSON can represent. Walked without recursion: it may be deep. */
export function checkPlain(value: unknown, what: string, maxNodes = 1_000_000): void {
  const open: unknown[] = [value];
  for (let seen = 0; open.length > 0; seen++) {
    check(seen < maxNodes, `${what} has more than ${maxNodes} values`);
    const at = open.pop();
    check(typeof at !== 'function' && typeof at !== 'symbol', `${what} holds a ${typeof at}`);
    check(typeof at !== 'number' || Number.isFinite(at), `${what} holds a number that JSON cannot represent`);
    if (typeof at !== 'object' || at === null || at instanceof Uint8Array) continue;
    check(plainPrototypes.has(Object.getPrototypeOf(at)), `${what} holds an object of a foreign prototype`);
    if (at instanceof Map || at instanceof Set) open.push(...at.values());
    else for (const key of Object.keys(at)) open.push(Reflect.get(at, key));
  }
}

const plainPrototypes = new Set<unknown>([
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  null,
]);

const builtIns = [Object, Array, Function, String, Number, Map].map(({ prototype }) => prototype);
const fingerprint = () => builtIns.map((each) => Reflect.ownKeys(each).length).join();
const untouched = fingerprint();

export function checkPrototypes(): void {
  check(fingerprint() === untouched, 'a built-in prototype was changed');
}
