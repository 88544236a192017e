import { createHash } from 'node:crypto';

/** MD5 over the key blob in colon-separated hex, as Hetzner shows it; undefined when it is not an SSH public key. */
export function sshKeyFingerprint(publicKey: string): string | undefined {
  const [type = '', encoded = ''] = publicKey.split(/\s+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const blob = Buffer.from(encoded, 'base64');
  const typeInside = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1') : '';
  if (type === '' || typeInside !== type) return undefined;
  return createHash('md5').update(blob).digest('hex').match(/../g)?.join(':');
}
