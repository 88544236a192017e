import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flushPacket, packet, readPackets, readSideBand } from '../../../src/adapters/git/pkt-line.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('packet lines', () => {
  it('are read as they were written, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1, maxLength: 30 })),
        fc.integer({ min: 1, max: 50 }),
        async (texts, size) => {
          const bytes = Buffer.concat([...texts.map(packet), flushPacket]);
          const packets = await collect(readPackets(inChunks(bytes, size)));
          expect(packets.map((part) => (part.kind === 'data' ? part.data.toString() : null))).toEqual([
            ...texts,
            null,
          ]);
        },
      ),
    );
  });

  it.each(['0003', '00zz', '00ff', '0', 'HTTP/1.1 200 OK'])('are refused when they are %j', async (text) => {
    await expect(collect(readPackets(inChunks(Buffer.from(text), 3)))).rejects.toThrow(/packet/);
  });

  it('of any bytes result in packets or an Error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        await collect(readSideBand(readPackets(inChunks(Buffer.from(bytes), 7)))).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Error);
        });
      }),
    );
  });

  it('in a side band return the data, drop progress, and throw the message of a remote error', async () => {
    const good = Buffer.concat([
      packet('NAK\n'),
      packet('\u0001PACK'),
      packet('\u0002counting'),
      packet('\u0001data'),
      flushPacket,
    ]);
    expect(await collect(readSideBand(readPackets(inChunks(good, 5))))).toEqual([
      { kind: 'line', text: 'NAK' },
      { kind: 'data', data: Buffer.from('PACK') },
      { kind: 'data', data: Buffer.from('data') },
    ]);
    for (const bad of ['\u0003access denied', 'ERR access denied']) {
      await expect(collect(readSideBand(readPackets(inChunks(packet(bad), 9))))).rejects.toThrow(
        'remote error: access denied',
      );
    }
  });
});
