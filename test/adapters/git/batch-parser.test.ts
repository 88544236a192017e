import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchReply, createBatchParser } from '../../../src/adapters/git/batch-parser.ts';

const oid = 'a'.repeat(40);

function parse(chunks: readonly Buffer[], limit = 10_000): { replies: BatchReply[]; understood: boolean } {
  const replies: BatchReply[] = [];
  const parser = createBatchParser({ limit: () => limit, onReply: (reply) => replies.push(reply) });
  return { understood: chunks.every((chunk) => parser.add(chunk)), replies };
}

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

describe('the output of git cat-file --batch', () => {
  it('is parsed in chunks of any size', () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 });
    fc.assert(
      fc.property(contents, fc.array(fc.nat(40)), (list, sizes) => {
        const bytes = Buffer.concat(
          list.flatMap((content) => [
            Buffer.from(`${oid} blob ${content.length}\n`),
            content,
            Buffer.from('\n'),
            Buffer.from(`${oid} missing\n`),
          ]),
        );
        const { replies, understood } = parse(cut(bytes, sizes));
        expect(understood).toBe(true);
        expect(replies).toEqual(
          list.flatMap((content) => [
            { kind: 'object', type: 'blob', content: Buffer.from(content) },
            { kind: 'missing' },
          ]),
        );
      }),
    );
  });

  it('skips an object over the limit, and continues after it', () => {
    const bytes = Buffer.from(`${oid} blob 20\n${'x'.repeat(20)}\n${oid} tree 2\nok\n`);
    expect(parse([bytes], 10).replies).toEqual([
      { kind: 'too-large', sizeBytes: 20 },
      { kind: 'object', type: 'tree', content: Buffer.from('ok') },
    ]);
  });

  it('is rejected when an object is too large to be skipped', () => {
    expect(parse([Buffer.from(`${oid} blob 99999999999\n`)], 10)).toEqual({
      replies: [{ kind: 'too-large', sizeBytes: 99_999_999_999 }],
      understood: false,
    });
  });

  it.each(['nonsense\n', `${oid} blob x\n`, 'y'.repeat(1000)])('is rejected when it is %j', (text) => {
    expect(parse([Buffer.from(text)]).understood).toBe(false);
  });
});
