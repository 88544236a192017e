import { isIP } from 'node:net';
import { sha256Hex } from '../../fleet/digest.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { MachineAddress } from '../../ports/machine.ts';

/** An address whose parts are safe as arguments of ssh, with its host keys in normal form. */
export interface PinnedAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `type base64`, sorted, without comments. */
  readonly hostKeys: readonly string[];
  /** Value of `HostKeyAlgorithms` that admits the pinned keys only. */
  readonly algorithms: string;
  /** 16 hexadecimal digits of a digest of the fields above: equal addresses share a connection, others never do. */
  readonly id: string;
}

const hostName = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const userName = /^[a-z_][a-z0-9_-]{0,31}$/;
const hostKey =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]{40,4096}={0,2})(?: .*)?$/;

/** Throws PL2002 for a part that ssh could interpret as an option or an expansion, PL4021 when no host key is pinned. */
export function pinAddress(address: MachineAddress): PinnedAddress {
  const { host, port, user } = address;
  if (isIP(host) === 0 && !hostName.test(host)) throw invalid('host name or address', host);
  if (!userName.test(user)) throw invalid('user name', user);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('port', String(port));
  if (address.hostKeys.length === 0) {
    throw new PressluftError(
      errors.nodeHostKeyMismatch,
      `No host key of ${host} is pinned, so no connection is made`,
      {
        hint: 'Put the host key of the node in its manifest, as printed by ssh-keyscan over a trusted network.',
      },
    );
  }
  const keys = address.hostKeys.map(parseHostKey);
  const hostKeys = [...new Set(keys.map((key) => `${key.type} ${key.blob}`))].sort();
  const algorithms = [...new Set(keys.flatMap((key) => signatureAlgorithms(key.type)))].join(',');
  const id = sha256Hex(JSON.stringify([host, port, user, hostKeys])).slice(0, 16);
  return { host, port, user, hostKeys, algorithms, id };
}

function parseHostKey(text: string): { readonly type: string; readonly blob: string } {
  const match = hostKey.exec(text.trim());
  if (match?.[1] === undefined || match[2] === undefined) throw invalid('host key', text);
  return { type: match[1], blob: match[2] };
}

/** RFC 8332: an RSA key signs with SHA-2; the SHA-1 signature of the same name as the key type is not accepted. */
function signatureAlgorithms(keyType: string): readonly string[] {
  return keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [keyType];
}

function invalid(what: string, value: string): PressluftError {
  return new PressluftError(
    errors.settingInvalid,
    `${JSON.stringify(value.slice(0, 200))} is not a valid ${what} for SSH`,
  );
}
