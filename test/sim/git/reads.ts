import type { Gate } from '../core/index.ts';

type ReadBlob = (oid: string, maxBytes?: number) => Uint8Array;

interface Reading {
  readonly oid: string;
  readonly maxBytes: number | undefined;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Concurrent reads are one request, as in the adapter, which writes them all to one `git cat-file`. So reading two hundred files
 * is one crash point and not two hundred.
 */
export function createReads(
  gate: Gate,
  readBlob: ReadBlob,
): (oid: string, maxBytes?: number) => Promise<Uint8Array> {
  let waiting: Reading[] = [];

  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const results = await gate.call('git.read', {
      latencyMs: [0, 0],
      effect: () => batch.map(({ oid, maxBytes }) => attempt(() => readBlob(oid, maxBytes))),
    });
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index];
      if (result?.kind === 'bytes') resolve(result.bytes);
      else reject(result?.error);
    }
  }

  return (oid, maxBytes) =>
    new Promise((resolve, reject) => {
      waiting.push({ oid, maxBytes, resolve, reject });
      if (waiting.length === 1) void Promise.resolve().then(flush);
    });
}

type Result =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'error'; readonly error: unknown };

function attempt(read: () => Uint8Array): Result {
  try {
    return { kind: 'bytes', bytes: read() };
  } catch (error) {
    return { kind: 'error', error };
  }
}
