import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SourceFile } from './source-files.ts';

export interface WrittenFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/*
 * Archives are written here and not by tar and zip so that the same input gives the same bytes on every host: sorted names,
 * one time stamp, owner 0, modes 0755 and 0644, and no compression, whose output depends on the library that does it.
 */

/** A `.tar.gz` (POSIX ustar in gzip "stored" blocks) with everything below the directory `top`. */
export async function writeTarGz(
  file: string,
  top: string,
  files: readonly SourceFile[],
  mtimeSeconds: number,
): Promise<WrittenFile> {
  return withOutput(file, async (output) => {
    const gzip = gzipStored(output);
    await gzip.start();
    for (const directory of directoriesOf(top, files)) {
      await gzip.write(tarHeader(`${directory}/`, 0, 0o755, '5', mtimeSeconds));
    }
    for (const { path, source } of files) {
      const content = await readFile(source);
      await gzip.write(tarHeader(`${top}/${path}`, content.length, 0o644, '0', mtimeSeconds));
      await gzip.write(content);
      await gzip.write(Buffer.alloc((512 - (content.length % 512)) % 512));
    }
    await gzip.write(Buffer.alloc(1024));
    await gzip.end();
  });
}

/** A `.zip` with stored entries below the directory `top`. */
export async function writeZip(
  file: string,
  top: string,
  files: readonly SourceFile[],
  mtimeSeconds: number,
): Promise<WrittenFile> {
  return withOutput(file, async (output) => {
    const entries = [
      ...directoriesOf(top, files).map((path) => ({ path: `${path}/`, source: undefined })),
      ...files.map(({ path, source }) => ({ path: `${top}/${path}`, source })),
    ];
    const directory: Buffer[] = [];
    let offset = 0;
    for (const { path, source } of entries) {
      const content = source === undefined ? Buffer.alloc(0) : await readFile(source);
      const name = Buffer.from(path);
      const common = zipCommon(name.length, content, mtimeSeconds);
      const local = Buffer.concat([zipSignature(0x04034b50), common, name]);
      await output.write(local);
      await output.write(content);
      directory.push(zipDirectoryEntry(common, name, offset, source === undefined));
      offset += local.length + content.length;
    }
    const central = Buffer.concat(directory);
    await output.write(central);
    await output.write(zipEnd(entries.length, central.length, offset));
  });
}

interface Output {
  write(data: Buffer): Promise<void>;
}

async function withOutput(file: string, fill: (output: Output) => Promise<void>): Promise<WrittenFile> {
  const handle: FileHandle = await open(file, 'wx', 0o644);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    await fill({
      write: async (data) => {
        hash.update(data);
        sizeBytes += data.length;
        await handle.writeFile(data);
      },
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

function directoriesOf(top: string, files: readonly SourceFile[]): readonly string[] {
  const found = new Set([top]);
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => void found.add(`${top}/${parts.slice(0, index + 1).join('/')}`));
  }
  return [...found].toSorted();
}

const tarNameBytes = 100;
const tarPrefixBytes = 155;

function tarHeader(path: string, size: number, mode: number, type: '0' | '5', mtimeSeconds: number): Buffer {
  const { prefix, name } = splitTarPath(path);
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(mtimeSeconds, 12), 136);
  header.fill(' ', 148, 156);
  header.write(type, 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  header.write('root', 265);
  header.write('root', 297);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function splitTarPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= tarNameBytes) return { prefix: '', name: path };
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const prefix = path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (
      Buffer.byteLength(prefix) <= tarPrefixBytes &&
      Buffer.byteLength(name) <= tarNameBytes &&
      name !== ''
    ) {
      return { prefix, name };
    }
  }
  throw new RangeError(`path too long for ustar: ${path}`);
}

const maxStoredBlock = 65_535;

function gzipStored(output: Output): {
  start(): Promise<void>;
  write(data: Buffer): Promise<void>;
  end(): Promise<void>;
} {
  let crc = 0;
  let size = 0;
  return {
    start: () => output.write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])),
    write: async (data) => {
      crc = crc32(data, crc);
      size += data.length;
      for (let from = 0; from < data.length; from += maxStoredBlock) {
        const block = data.subarray(from, from + maxStoredBlock);
        await output.write(storedHeader(block.length, false));
        await output.write(block);
      }
    },
    end: async () => {
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(crc, 0);
      trailer.writeUInt32LE(size % 2 ** 32, 4);
      await output.write(Buffer.concat([storedHeader(0, true), trailer]));
    },
  };
}

function storedHeader(length: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(isLast ? 1 : 0, 0);
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(length ^ 0xffff, 3);
  return header;
}

function zipSignature(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

/** The 26 bytes that the local header and the directory entry have in common (APPNOTE.TXT 4.3.7 and 4.3.12). */
function zipCommon(nameLength: number, content: Buffer, mtimeSeconds: number): Buffer {
  const date = new Date(mtimeSeconds * 1000);
  const buffer = Buffer.alloc(26);
  buffer.writeUInt16LE(20, 0);
  // Bit 11: names are UTF-8.
  buffer.writeUInt16LE(0x0800, 2);
  buffer.writeUInt16LE(0, 4);
  buffer.writeUInt16LE(
    (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1),
    6,
  );
  buffer.writeUInt16LE(
    ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
    8,
  );
  buffer.writeUInt32LE(crc32(content), 10);
  buffer.writeUInt32LE(content.length, 14);
  buffer.writeUInt32LE(content.length, 18);
  buffer.writeUInt16LE(nameLength, 22);
  buffer.writeUInt16LE(0, 24);
  return buffer;
}

function zipDirectoryEntry(common: Buffer, name: Buffer, offset: number, isDirectory: boolean): Buffer {
  const rest = Buffer.alloc(14);
  const mode = isDirectory ? 0o40755 : 0o100644;
  rest.writeUInt32LE(((mode << 16) | (isDirectory ? 0x10 : 0)) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  const madeByUnix = Buffer.from([20, 3]);
  return Buffer.concat([zipSignature(0x02014b50), madeByUnix, common, rest, name]);
}

function zipEnd(count: number, directorySize: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directorySize, 8);
  end.writeUInt32LE(directoryOffset, 12);
  return Buffer.concat([zipSignature(0x06054b50), end]);
}
