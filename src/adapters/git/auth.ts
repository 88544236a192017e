/**
 * How to log in to the remote. Secrets come from a function that is called for every operation, so that a rotated one is
 * picked up; they are kept in memory for that operation only.
 */
export type GitAuth =
  | {
      readonly kind: 'token';
      /** The user name that the forge expects with a token; default `x-access-token`, which GitHub, GitLab and Gitea accept. */
      readonly username?: string;
      readonly token: () => Promise<string>;
    }
  | { readonly kind: 'password'; readonly username: string; readonly password: () => Promise<string> }
  | {
      readonly kind: 'ssh';
      /** OpenSSH private key without a passphrase, mode 0600. */
      readonly privateKeyPath: string;
      /** The pinned host keys, `ssh-ed25519 AAAA…`; no other is accepted. */
      readonly hostKeys: readonly string[];
    };

export interface HttpCredentials {
  readonly username: string;
  readonly password: string;
}
