import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

export type TreeEntryKind = 'file' | 'symlink' | 'submodule' | 'tree';

export interface TreeEntry {
  /** Octal without leading zeros, as in the object. */
  readonly mode: string;
  /** For display and matching; bytes that are not UTF-8 are replaced. */
  readonly name: string;
  /** The bytes of the name when `name` does not encode to them. */
  readonly rawName: Buffer | null;
  readonly oid: string;
  readonly kind: TreeEntryKind;
}

const space = 0x20;
const oidBytes = 20;

/** The entries of a raw tree object in their stored order. Throws PL3008 when the bytes are not a tree. */
export function parseTree(oid: string, content: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < content.length) {
    const modeEnd = content.indexOf(space, at);
    const nameEnd = modeEnd < 0 ? -1 : content.indexOf(0, modeEnd);
    const end = nameEnd + 1 + oidBytes;
    if (nameEnd < 0 || end > content.length || modeEnd - at > 6) throw broken(oid);
    const mode = content.toString('latin1', at, modeEnd).replace(/^0+/, '');
    const bytes = content.subarray(modeEnd + 1, nameEnd);
    const name = bytes.toString('utf8');
    if (isNoName(name) || names.has(name)) throw broken(oid);
    names.add(name);
    entries.push({
      mode,
      name,
      rawName: Buffer.from(name).equals(bytes) ? null : Buffer.from(bytes),
      oid: content.toString('hex', nameEnd + 1, end),
      kind: kindOf(oid, mode),
    });
    at = end;
  }
  return entries;
}

/** The raw tree object for the entries, in the order that Git demands. */
export function serializeTree(entries: readonly TreeEntry[]): Buffer {
  const sorted = entries
    .map((entry) => {
      const name = entry.rawName ?? Buffer.from(entry.name);
      return { entry, name, key: entry.kind === 'tree' ? Buffer.concat([name, Buffer.from('/')]) : name };
    })
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    sorted.flatMap(({ entry, name }) => [
      Buffer.from(`${entry.mode} `),
      name,
      Buffer.from([0]),
      Buffer.from(entry.oid, 'hex'),
    ]),
  );
}

/** Git refuses to create these entries: their paths would have another meaning, or collide with other entries. */
function isNoName(name: string): boolean {
  return name === '' || name === '.' || name === '..' || name.includes('/');
}

function kindOf(oid: string, mode: string): TreeEntryKind {
  if (!/^[0-7]+$/.test(mode)) throw broken(oid);
  switch (mode.slice(0, -4)) {
    case '4':
      return 'tree';
    case '10':
      return 'file';
    case '12':
      return 'symlink';
    case '16':
      return 'submodule';
    default:
      throw broken(oid);
  }
}

function broken(oid: string): PressluftError {
  return new PressluftError(errors.cloneIncomplete, `The Git tree ${oid} is damaged`, {
    hint: 'Run git fsck on the remote repository.',
  });
}
