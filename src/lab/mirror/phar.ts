/**
 * Content of an uncompressed file inside a PHP archive, or undefined (https://www.php.net/manual/en/phar.fileformat.phar.php).
 * Throws RangeError when the archive is truncated.
 */
export function readPharEntry(phar: Buffer, wanted: string): Buffer | undefined {
  const manifest = afterStub(phar);
  if (manifest === undefined) return undefined;
  const manifestLength = phar.readUInt32LE(manifest);
  const count = phar.readUInt32LE(manifest + 4);
  // Number of files, API version and flags, then the alias and the metadata with their lengths.
  let at = manifest + 14;
  at += 4 + phar.readUInt32LE(at);
  at += 4 + phar.readUInt32LE(at);
  let content = manifest + 4 + manifestLength;
  for (let index = 0; index < count; index += 1) {
    const nameLength = phar.readUInt32LE(at);
    const name = phar.toString('utf8', at + 4, at + 4 + nameLength);
    at += 4 + nameLength;
    const size = phar.readUInt32LE(at);
    const storedSize = phar.readUInt32LE(at + 8);
    if (name === wanted) return size === storedSize ? phar.subarray(content, content + size) : undefined;
    content += storedSize;
    at += 24 + phar.readUInt32LE(at + 20);
  }
  return undefined;
}

function afterStub(phar: Buffer): number | undefined {
  const end = '__HALT_COMPILER();';
  const found = phar.indexOf(end);
  if (found < 0) return undefined;
  const rest = phar.toString('latin1', found + end.length, found + end.length + 8);
  return found + end.length + (/^ ?\?>\r?\n?/.exec(rest)?.[0].length ?? 0);
}
