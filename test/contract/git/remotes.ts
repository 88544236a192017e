import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitAuth } from '../../../src/adapters/git/auth.ts';
import { createGitRemote, type GitRemote } from '../../../src/lab/git/git-remote.ts';

/** One remote repository that a contract test talks to over one transport. */
export interface ContractRemote {
  /** The bare repository on this host, to look into and to push behind the adapter's back. */
  readonly repository: string;
  readonly url: string;
  readonly auth?: GitAuth;
  /** Credentials that the server refuses; absent where there are none. */
  readonly wrongAuth?: GitAuth;
  /** The port of the server; absent where there is none. */
  readonly port?: number;
  /** The same remote through another port. */
  readonly at?: (port: number) => string;
  readonly faults: GitRemote['setFaults'];
  close(): Promise<void>;
}

export const hasSshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].some((path) =>
  existsSync(path),
);
export const testPassword = 'correct horse/battery+staple';

type Choose = (remote: GitRemote, dir: string) => Omit<ContractRemote, 'repository' | 'faults' | 'close'>;

async function make(choose: Choose): Promise<ContractRemote> {
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-git-'));
  const remote = await createGitRemote({ dir, host: '127.0.0.1', password: testPassword, allowForce: true });
  return {
    repository: remote.repository,
    faults: remote.setFaults,
    ...choose(remote, dir),
    async close() {
      await remote.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const localRemote = () => make((remote) => ({ url: remote.repository }));

export const httpRemote = () =>
  make(({ http }) => ({
    url: http.url,
    port: Number(new URL(http.url).port),
    at: (port) => http.url.replace(/:\d+\//, `:${port}/`),
    auth: { kind: 'password', username: http.user, password: async () => http.password },
    wrongAuth: { kind: 'password', username: http.user, password: async () => 'wrong-password-1234' },
  }));

export const sshRemote = () =>
  make(({ ssh }, dir) => ({
    url: ssh.url,
    port: ssh.port,
    at: (port) => ssh.url.replace(/:\d+\//, `:${port}/`),
    auth: { kind: 'ssh', privateKeyPath: ssh.keyFile, hostKeys: [ssh.hostKey] },
    wrongAuth: { kind: 'ssh', privateKeyPath: join(dir, 'ssh/host-key'), hostKeys: [ssh.hostKey] },
  }));
