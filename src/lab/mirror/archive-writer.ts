import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { ZipFile } from 'yazl';
import type { SourceFile } from './source-files.ts';

export interface WrittenFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/*
 * The same input gives the same bytes on every host: sorted names, one time stamp, owner root, modes 0755 and 0644, and no compression,
 * whose output depends on the version of the library.
 */

/** A `.tar.gz` (POSIX ustar in gzip "stored" blocks) with everything below the directory `top`. */
export async function writeTarGz(
  file: string,
  top: string,
  files: readonly SourceFile[],
  mtimeSeconds: number,
): Promise<WrittenFile> {
  return writeOutput(file, gzipStored(tarChunks(top, files, mtimeSeconds)));
}

/** A `.zip` with stored entries below the directory `top`. */
export async function writeZip(
  file: string,
  top: string,
  files: readonly SourceFile[],
  mtimeSeconds: number,
): Promise<WrittenFile> {
  const zip = new ZipFile();
  const common = { mtime: new UtcFields(mtimeSeconds * 1000), forceDosTimestamp: true };
  for (const path of directoriesOf(top, files)) zip.addEmptyDirectory(path, { ...common, mode: 0o40755 });
  for (const { path, source } of files) {
    zip.addBuffer(await readFile(source), `${top}/${path}`, { ...common, mode: 0o100644, compress: false });
  }
  zip.end();
  return writeOutput(file, zip.outputStream);
}

async function* tarChunks(
  top: string,
  files: readonly SourceFile[],
  mtimeSeconds: number,
): AsyncGenerator<Buffer> {
  const tar = pack();
  const common = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: new Date(mtimeSeconds * 1000) };
  const add = (own: Pick<Header, 'name' | 'type' | 'mode'>, content?: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const header = { ...common, ...own };
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      if (content === undefined) tar.entry(header, done);
      else tar.entry(header, content, done);
    });
  const fill = async () => {
    for (const path of directoriesOf(top, files)) {
      await add({ name: `${path}/`, type: 'directory', mode: 0o755 });
    }
    for (const { path, source } of files) {
      await add({ name: `${top}/${path}`, type: 'file', mode: 0o644 }, await readFile(source));
    }
    tar.finalize();
  };
  // A failure ends the stream with its error, so that its reader fails.
  fill().catch((error: unknown) => tar.destroy(error as Error));
  yield* tar as AsyncIterable<Buffer>;
}

/** A Date whose local fields are its UTC fields: yazl writes local time, and zip has no time zone. */
class UtcFields extends Date {
  override getFullYear = this.getUTCFullYear;
  override getMonth = this.getUTCMonth;
  override getDate = this.getUTCDate;
  override getHours = this.getUTCHours;
  override getMinutes = this.getUTCMinutes;
  override getSeconds = this.getUTCSeconds;
}

async function writeOutput(file: string, chunks: AsyncIterable<Buffer | string>): Promise<WrittenFile> {
  const handle = await open(file, 'wx', 0o644);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await handle.writeFile(chunk);
    }
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

const maxStoredBlock = 65_535;

/** RFC 1952 and 1951 (3.2.4). Written here because the block sizes of zlib depend on its version. */
async function* gzipStored(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let crc = 0;
  let size = 0;
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  for await (const chunk of chunks) {
    crc = crc32(chunk, crc);
    size += chunk.length;
    for (let from = 0; from < chunk.length; from += maxStoredBlock) {
      const block = chunk.subarray(from, from + maxStoredBlock);
      yield storedHeader(block.length, false);
      yield block;
    }
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield storedHeader(0, true);
  yield trailer;
}

function storedHeader(length: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(isLast ? 1 : 0, 0);
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(length ^ 0xffff, 3);
  return header;
}
