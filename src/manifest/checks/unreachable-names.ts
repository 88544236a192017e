/**
 * Top-level names that the public DNS never has, with what reserves them: RFC 2606 and RFC 6761 (test, example, invalid, localhost),
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

/** The reserved name that a host name is or lies below; undefined when the public DNS may have it. */
export function reservedName(host: string): string | undefined {
  return reserved.find((name) => host === name || host.endsWith(`.${name}`));
}
