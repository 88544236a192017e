import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server with scripted answers that records its requests. */
export interface RawServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

export async function rawServer(answer: Answer): Promise<RawServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.on('error', () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/fleet.git`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function packet(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

export const flush = Buffer.from('0000');
export const advertisementType = { 'content-type': 'application/x-git-upload-pack-advertisement' };

/** The advertised refs, with any names. */
export function advertisement(refs: readonly (readonly [name: string, oid: string])[]): Buffer {
  const lines = refs.map(([name, oid], index) =>
    packet(`${oid} ${name}${index === 0 ? '\0side-band-64k ofs-delta thin-pack' : ''}\n`),
  );
  return Buffer.concat([packet('# service=git-upload-pack\n'), flush, ...lines, flush]);
}

/** Serves one pack with the given refs to every client. */
export function servePack(refs: readonly (readonly [string, string])[], pack: Buffer): Answer {
  return (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, advertisementType).end(advertisement(refs));
      return;
    }
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
    response.write(packet('NAK\n'));
    for (let at = 0; at < pack.length; at += 60_000) {
      response.write(packet(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 60_000)])));
    }
    response.end(flush);
  };
}

const packTypes = { commit: 1, tree: 2, blob: 3, delta: 7 } as const;

export interface PackedObject {
  readonly type: keyof typeof packTypes;
  readonly content: Buffer;
  /** For a delta: its base object. */
  readonly base?: string;
}

/** https://git-scm.com/docs/gitformat-pack */
export function packOf(objects: readonly PackedObject[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const parts = objects.flatMap(({ type, content, base }) => [
    objectHeader(packTypes[type], content.length),
    Buffer.from(base ?? '', 'hex'),
    deflateSync(content),
  ]);
  const body = Buffer.concat([header, ...parts]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** A delta that repeats the first 64 KiB of its base: one byte for each 64 KiB of the result. */
export function bombDelta(baseSize: number, times: number): Buffer {
  return Buffer.concat([varint(baseSize), varint(times * 65_536), Buffer.alloc(times, 0x80)]);
}

function objectHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
