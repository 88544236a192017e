import { stringify } from 'yaml';
import { nodeUser } from './host-keys.ts';

/** Hetzner accepts at most 32 KiB of user data. */
export const maxUserDataBytes = 32 * 1024;

export interface UserDataInput {
  readonly hostname: string;
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  readonly authorizedKeys: readonly string[];
}

/**
 * cloud-init user data of a new node: one user with sudo, no login for root or by password, and a host key that the
 * controller knows before the first connection, so that no unknown key is ever accepted.
 */
export function userData({ hostname, hostKey, authorizedKeys }: UserDataInput): string {
  const config = {
    hostname,
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    users: [
      {
        name: nodeUser,
        gecos: 'Pressluft controller',
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: authorizedKeys,
      },
    ],
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}
