export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string; readonly suggestion: string };

/** UTF-8 bytes as text, without a leading byte order mark. */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { kind: 'invalid', ...explain(bytes) };
  }
}

function explain(bytes: Uint8Array): { message: string; suggestion: string } {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { message: 'the file is UTF-16, not UTF-8', suggestion: 'iconv -f UTF-16 -t UTF-8' };
  }
  const line = bytes.subarray(0, validPrefix(bytes)).reduce((n, byte) => (byte === 10 ? n + 1 : n), 1);
  return {
    message: `the file is not valid UTF-8 (first in line ${line})`,
    suggestion: 'if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8',
  };
}

/** Length of the longest valid prefix, found by halving: decoding a prefix fails exactly when it reaches the bad byte. */
function validPrefix(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (decodes(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `stream` tolerates a character that is cut off at the end. */
function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
