import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { PinnedAddress } from './pinned-address.ts';

const hostKeyMismatch =
  /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type|host key is known for/i;
const keyRefused =
  /: Permission denied \(|Too many authentication failures|No supported authentication methods/i;

/** The error for a failed connection, from the log of ssh itself (never from output of the machine). */
export function sshFailure(address: PinnedAddress, log: string): PressluftError {
  const where = `${address.user}@${address.host}:${address.port}`;
  const reason = log.trim().split(/\r?\n/).at(-1)?.trim() || 'ssh gave no reason';
  if (hostKeyMismatch.test(log)) {
    return new PressluftError(errors.nodeHostKeyMismatch, `The host key of ${where} is not the pinned one`, {
      hint: 'If the machine was rebuilt on purpose, pin its new host key; otherwise somebody may be between you and it.',
      details: { host: address.host, reason },
    });
  }
  if (keyRefused.test(log)) {
    return new PressluftError(errors.nodeRefusedKey, `${where} refused the SSH key of Pressluft`, {
      hint: `Add the public key of Pressluft to ~${address.user}/.ssh/authorized_keys on the node.`,
      details: { host: address.host, reason },
    });
  }
  return new PressluftError(errors.nodeUnreachable, `${where} cannot be reached: ${reason}`, {
    hint: 'Check that the node is powered on, and that firewalls let SSH through.',
    details: { host: address.host },
  });
}
