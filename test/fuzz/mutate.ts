import type { Random } from '../../src/ports/random.ts';

/** Bytes that mean something in more than one format. */
const telling = [
  0x00, 0x0a, 0x0d, 0x1b, 0x20, 0x22, 0x27, 0x2d, 0x2f, 0x3a, 0x5b, 0x5c, 0x7b, 0x7f, 0x80, 0xff,
];
const numbers = [
  '0',
  '-1',
  '-0',
  '1',
  '65535',
  '65536',
  '2147483648',
  '9007199254740993',
  '1e999',
  '1e-999',
  '00',
];
/** Nested inside itself, to break recursion without a limit. */
const nests = ['[', '{"a":', '- ', 'a: {', '((', '&a [*a,', '{"__proto__":', '> ', '[{"k":['];

export interface MutateOptions {
  readonly random: Random;
  readonly dictionary: readonly Buffer[];
  readonly maxBytes: number;
}

/** An input changed in one to five places. `other` may be spliced into it. */
export function mutate(input: Buffer, other: Buffer, options: MutateOptions): Buffer {
  let bytes = input;
  const rounds = 1 + pick(options.random, 5);
  for (let round = 0; round < rounds; round++) bytes = mutateOnce(bytes, other, options);
  return bytes.subarray(0, options.maxBytes);
}

export function pick(random: Random, count: number): number {
  return Math.floor(random.float() * count);
}

export function pickOf<T>(random: Random, items: readonly T[], fallback: T): T {
  return items[pick(random, items.length)] ?? fallback;
}

function mutateOnce(bytes: Buffer, other: Buffer, { random, dictionary, maxBytes }: MutateOptions): Buffer {
  const at = pick(random, bytes.length + 1);
  const length = 1 + pick(random, Math.max(1, Math.min(bytes.length - at, 64)));
  switch (pick(random, 12)) {
    case 0:
      return changeByte(bytes, at, (byte) => byte ^ (1 << pick(random, 8)));
    case 1:
      return changeByte(bytes, at, () => pickOf(random, telling, 0));
    case 2:
      return changeByte(bytes, at, () => pick(random, 256));
    case 3:
      return replace(bytes, at, length, empty);
    case 4:
      return replace(bytes, at, 0, bytes.subarray(at, at + length));
    case 5:
      return replace(bytes, at, length, pickOf(random, dictionary, empty));
    case 6:
      return replace(bytes, at, 0, pickOf(random, dictionary, empty));
    case 7:
      return replaceNumber(bytes, at, Buffer.from(pickOf(random, numbers, '0')));
    case 8: {
      const from = pick(random, other.length + 1);
      return replace(bytes, at, length, other.subarray(from, from + 1 + pick(random, 128)));
    }
    case 9:
      return bytes.subarray(0, at);
    case 10:
      return replace(bytes, at, 0, Buffer.from(random.bytes(1 + pick(random, 8))));
    default: {
      const piece = pickOf(random, nests, '[');
      // Seldom deep: these inputs are slow to read, and a few are enough.
      const deepest = random.float() < 0.05 ? Math.floor(Math.log2(maxBytes / piece.length)) : 6;
      const times = 2 ** pick(random, Math.max(1, deepest));
      return replace(bytes, at, 0, Buffer.from(piece.repeat(times)));
    }
  }
}

const empty = Buffer.alloc(0);

function changeByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const old = copy[at];
  if (old !== undefined) copy[at] = change(old);
  return copy;
}

function replace(bytes: Buffer, at: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

/** The next run of digits after a place. */
function replaceNumber(bytes: Buffer, from: number, by: Buffer): Buffer {
  const found = /\d+/.exec(bytes.toString('latin1', from));
  return found === null
    ? replace(bytes, from, 0, by)
    : replace(bytes, from + found.index, found[0].length, by);
}
