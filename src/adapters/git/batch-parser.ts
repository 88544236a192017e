export type GitObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export type BatchReply =
  | { readonly kind: 'object'; readonly type: GitObjectType; readonly content: Buffer }
  | { readonly kind: 'too-large'; readonly sizeBytes: number }
  | { readonly kind: 'missing' };

export interface BatchParser {
  /** Adds output as it arrives; returns false when it is malformed, or when an object is too large to be skipped. */
  add(chunk: Buffer): boolean;
}

const newline = 0x0a;
const maxHeaderBytes = 256;
/** Reading past a larger object takes longer than starting another process. */
const maxSkippedBytes = 32 * 1_048_576;
const objectHeader = /^[0-9a-f]{40} (commit|tree|blob|tag) (\d+)$/;

/**
 * Parses the output of `git cat-file --batch`: `<oid> <type> <size>`, newline, the content, newline; or `<oid> missing`.
 * Content over `limit()`, which is called at each header, is skipped and never held in memory.
 */
export function createBatchParser(options: {
  readonly limit: () => number;
  readonly onReply: (reply: BatchReply) => void;
}): BatchParser {
  let header = Buffer.alloc(0);
  let body: { type: GitObjectType; sizeBytes: number; left: number; kept: Buffer[] | null } | undefined;

  function startObject(line: string): boolean {
    const match = objectHeader.exec(line);
    if (match === null) {
      if (!line.endsWith(' missing')) return false;
      options.onReply({ kind: 'missing' });
      return true;
    }
    const sizeBytes = Number(match[2]);
    const keep = sizeBytes <= options.limit();
    if (!keep && sizeBytes > maxSkippedBytes) {
      options.onReply({ kind: 'too-large', sizeBytes });
      return false;
    }
    body = { type: match[1] as GitObjectType, sizeBytes, left: sizeBytes + 1, kept: keep ? [] : null };
    return true;
  }

  function finishObject(): void {
    if (body === undefined) return;
    const { type, sizeBytes, kept } = body;
    body = undefined;
    if (kept === null) {
      options.onReply({ kind: 'too-large', sizeBytes });
      return;
    }
    // A copy: a view would keep the whole chunk alive, which hundreds of small objects share.
    const content = Buffer.concat(kept, sizeBytes + 1).subarray(0, sizeBytes);
    options.onReply({ kind: 'object', type, content });
  }

  return {
    add(chunk) {
      let rest = chunk;
      while (rest.length > 0) {
        if (body !== undefined) {
          const part = rest.subarray(0, body.left);
          body.kept?.push(part);
          body.left -= part.length;
          rest = rest.subarray(part.length);
          if (body.left === 0) finishObject();
          continue;
        }
        const end = rest.indexOf(newline);
        header = Buffer.concat([header, end < 0 ? rest : rest.subarray(0, end)]);
        if (header.length > maxHeaderBytes) return false;
        if (end < 0) return true;
        rest = rest.subarray(end + 1);
        const line = header.toString('latin1');
        header = Buffer.alloc(0);
        if (!startObject(line)) return false;
      }
      return true;
    },
  };
}
