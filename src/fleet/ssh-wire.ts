/** Reads SSH binary data (RFC 4251 §5). Every method throws RangeError past the end. */
export interface SshWire {
  byte(): number;
  uint32(): number;
  /** A `string`: its length, then its bytes. */
  bytes(): Buffer;
  text(): string;
  /** A positive `mpint`, without leading zeros. */
  positive(): Buffer;
  /** Throws if there is unread data. */
  end(): void;
}

export function readSshWire(source: Uint8Array): SshWire {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;
  function take(length: number): Buffer {
    if (length > bytes.length - at) throw new RangeError('it is truncated');
    at += length;
    return bytes.subarray(at - length, at);
  }
  const uint32 = () => take(4).readUInt32BE();
  const string = () => take(uint32());
  return {
    byte: () => take(1).readUInt8(),
    uint32,
    bytes: string,
    text: () => string().toString('latin1'),
    positive() {
      const value = string();
      if (value.length === 0 || value.readUInt8() >= 0x80) throw new RangeError('a number is not positive');
      const start = value.findIndex((byte) => byte !== 0);
      if (start > 1 || start < 0 || (start === 1 && value.readUInt8(1) < 0x80))
        throw new RangeError('a number is not in its shortest form');
      return value.subarray(start);
    },
    end() {
      if (at !== bytes.length) throw new RangeError('there is data after its end');
    },
  };
}

/** Encodes a `string`. */
export function sshString(value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
