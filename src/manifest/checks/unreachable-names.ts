/**
 * Top-level names that are never in the public DNS, with the documents that reserve them: RFC 2606 and RFC 6761 (test, example, invalid, localhost),
 * RFC 6762 (local), RFC 7686 (onion), RFC 8375 (home.arpa), RFC 9476 (alt), and ICANN's resolution of 2024-07-29 (internal).
 * The second-level names are those of RFC 2606.
 */
const reserved = [
  'test',
  'example',
  'invalid',
  'localhost',
  'local',
  'onion',
  'home.arpa',
  'alt',
  'internal',
  'example.com',
  'example.net',
  'example.org',
] as const;

/** The reserved name that a host name equals or is below; undefined when it may be in the public DNS. */
export function reservedName(host: string): string | undefined {
  return reserved.find((name) => host === name || host.endsWith(`.${name}`));
}
