import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTree, serializeTree } from '../../../src/adapters/git/tree-object.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { isPressluftError } from '../../../src/fleet/errors.ts';

const oid = 'a'.repeat(40);

describe('a tree object', () => {
  it('is read with the kind of each entry', () => {
    const raw = ['100644 a', '100755 b', '120000 c', '160000 d', '40000 e', '100664 f'].flatMap((head) => [
      Buffer.from(`${head}\0`),
      Buffer.from(oid, 'hex'),
    ]);
    expect(parseTree(oid, Buffer.concat(raw)).map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'a file',
      'b file',
      'c symlink',
      'd submodule',
      'e tree',
      'f file',
    ]);
  });

  it.each(['10:644', '100Ë55', '1600-0', '100\u001b44', '40 000', '12000x'])(
    'is damaged when the mode of an entry is %j, which is not an octal number',
    (mode) => {
      const raw = Buffer.concat([Buffer.from(`${mode} a\0`, 'latin1'), Buffer.from(oid, 'hex')]);
      expect(() => parseTree(oid, raw)).toThrow(expect.objectContaining({ code: errors.cloneIncomplete }));
    },
  );

  it.each(['', '.', '..', 'a/b', '../x', '/etc'])('is damaged when the name of an entry is %j', (name) => {
    const raw = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(oid, 'hex')]);
    expect(() => parseTree(oid, raw)).toThrow(expect.objectContaining({ code: errors.cloneIncomplete }));
  });

  it('is damaged when two entries of any kind have one name', () => {
    const entry = (mode: string) => Buffer.concat([Buffer.from(`${mode} a.yaml\0`), Buffer.from(oid, 'hex')]);
    for (const mode of ['100644', '40000']) {
      const raw = Buffer.concat([entry('100644'), entry(mode)]);
      expect(() => parseTree(oid, raw)).toThrow(expect.objectContaining({ code: errors.cloneIncomplete }));
    }
  });

  it('is written in the order of git, where a directory sorts as if its name ended in a slash', () => {
    const entry = (name: string, mode: string) => ({
      name,
      rawName: null,
      mode,
      oid,
      kind: mode === '40000' ? ('tree' as const) : ('file' as const),
    });
    const raw = serializeTree([entry('a0', '100644'), entry('a', '40000'), entry('a.b', '100644')]);
    expect(parseTree(oid, raw).map(({ name }) => name)).toEqual(['a.b', 'a', 'a0']);
  });

  it('is written byte for byte as it was read, including names that are not UTF-8', () => {
    const names = fc.uniqueArray(
      fc
        .uint8Array({ minLength: 1, maxLength: 8 })
        .map((bytes) => Buffer.from(bytes.map((byte) => ([0, 0x2e, 0x2f].includes(byte) ? 1 : byte)))),
      { selector: (name) => name.toString('utf8'), maxLength: 8 },
    );
    fc.assert(
      fc.property(names, (list) => {
        const entries = list.map((bytes) => {
          const name = bytes.toString('utf8');
          return { name, rawName: bytes, mode: '100644', oid, kind: 'file' as const };
        });
        const raw = serializeTree(entries);
        expect(serializeTree(parseTree(oid, raw))).toEqual(raw);
      }),
    );
  });

  it('of any bytes returns entries or PL3008, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseTree(oid, Buffer.from(bytes));
        } catch (error) {
          expect(isPressluftError(error, errors.cloneIncomplete)).toBe(true);
        }
      }),
    );
  });
});
