/** The packet line format of the Git protocol: https://git-scm.com/docs/protocol-common#_pkt_line_format */
export type Packet = { readonly kind: 'data'; readonly data: Buffer } | { readonly kind: 'flush' };

export const flushPacket: Buffer = Buffer.from('0000');

export function packet(text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
}

/** Splits a stream into packets. Throws when it ends inside a packet, or a length is invalid. */
export async function* readPackets(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Packet> {
  let buffered: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    buffered = buffered.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffered, chunk]);
    while (buffered.length >= 4) {
      const length = packetLength(buffered);
      if (length > buffered.length) break;
      // 1 and 2 are the delimiters of protocol version 2, which end a section as a flush does.
      yield length < 4 ? { kind: 'flush' } : { kind: 'data', data: buffered.subarray(4, length) };
      buffered = buffered.subarray(Math.max(length, 4));
    }
  }
  if (buffered.length > 0) throw new Error('early EOF in a packet of the Git server');
}

function packetLength(buffer: Buffer): number {
  const text = buffer.toString('latin1', 0, 4);
  const length = /^[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  if (!(length < 3 || length >= 4)) throw new Error('protocol error: bad packet length from the Git server');
  return length;
}

export type Band =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'line'; readonly text: string };

/**
 * Decodes the side band: `data` is its first channel, `line` a packet outside it. Progress is dropped. Throws with the server's
 * message when it reports an error.
 */
export async function* readSideBand(packets: AsyncIterable<Packet>): AsyncGenerator<Band> {
  for await (const part of packets) {
    if (part.kind === 'flush' || part.data.length === 0) continue;
    switch (part.data[0]) {
      case 1:
        yield { kind: 'data', data: part.data.subarray(1) };
        break;
      case 2:
        break;
      case 3:
        throw new Error(`remote error: ${part.data.toString('utf8', 1, 1000)}`);
      default: {
        const text = part.data.toString('utf8', 0, 1000).trimEnd();
        if (text.startsWith('ERR ')) throw new Error(`remote error: ${text.slice(4)}`);
        yield { kind: 'line', text };
      }
    }
  }
}
