import type { CommitSignature } from '../../ports/git-repository.ts';

const newline = 0x0a;
const space = 0x20;
/** Git writes one line for each. Unknown lines between them would be read by some tools and skipped by others. */
const order = /^tree( parent)* author committer( (?!parent( |$))[a-zA-Z0-9-]+)*$/;
const once: ReadonlySet<string> = new Set(['tree', 'author', 'committer', 'encoding', 'gpgsig']);
/** An OpenPGP signature with a long chain of subpackets has 5 kB. */
const maxSignatureBytes = 64 * 1024;

/**
 * Extracts the signature of a raw commit object, as `git verify-commit` does: it covers the object without the header `gpgsig`.
 * Stricter than git: an object that could be read in two ways counts as malformed.
 */
export function commitSignature(object: Uint8Array): CommitSignature {
  const headers: string[] = [];
  const covered: Uint8Array[] = [];
  const signature: Uint8Array[] = [];
  let at = 0;
  let inSignature = false;
  while (at < object.length && object[at] !== newline) {
    const end = object.indexOf(newline, at) + 1;
    if (end === 0) return malformed('ends within its header');
    const line = object.subarray(at, end);
    at = end;
    if (line.includes(0)) return malformed('has a zero byte in its header');
    if (line[0] === space) {
      if (headers.length === 0) return malformed('begins with a continued line');
      (inSignature ? signature : covered).push(inSignature ? line.subarray(1) : line);
      continue;
    }
    const name = nameOf(line);
    if (name.startsWith('gpgsig') && name !== 'gpgsig') return malformed(`has the header ${name}`);
    if (once.has(name) && headers.includes(name)) return malformed(`has the header ${name} twice`);
    headers.push(name);
    inSignature = name === 'gpgsig';
    (inSignature ? signature : covered).push(inSignature ? line.subarray(name.length + 1) : line);
  }
  if (!order.test(headers.join(' '))) return malformed('has its headers in another order than git writes');
  if (!headers.includes('gpgsig')) return { kind: 'unsigned' };
  const bytes = Buffer.concat(signature);
  if (bytes.length > maxSignatureBytes) return malformed(`has a signature of ${bytes.length} bytes`);
  const payload = Buffer.concat([...covered, object.subarray(at)]);
  return { kind: 'signed', payload, signature: bytes.toString('latin1') };
}

function nameOf(line: Uint8Array): string {
  const end = line.indexOf(space);
  return Buffer.from(line.subarray(0, end < 0 ? line.length - 1 : end))
    .toString('latin1')
    .slice(0, 40);
}

function malformed(what: string): CommitSignature {
  return { kind: 'malformed', message: `${what}, so its signature is not checked` };
}
