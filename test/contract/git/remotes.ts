import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitAuth } from '../../../src/adapters/git/auth.ts';
import { createGitRemote, type GitRemote } from '../../../src/lab/git/git-remote.ts';

/** One real repository over one transport. */
export interface RealRemote {
  /** The bare repository on this host, for direct reads and pushes without the adapter. */
  readonly repository: string;
  readonly url: string;
  readonly auth?: GitAuth;
  /** Sets whether the server accepts the credentials of `auth`; absent where there are none. */
  readonly setCredentials?: (good: boolean) => Promise<void>;
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

type Choose = (remote: GitRemote, dir: string) => Omit<RealRemote, 'repository' | 'faults' | 'close'>;

async function make(choose: Choose): Promise<RealRemote> {
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
  make(({ http }) => {
    let password = http.password;
    return {
      url: http.url,
      port: Number(new URL(http.url).port),
      at: (port) => http.url.replace(/:\d+\//, `:${port}/`),
      auth: { kind: 'password', username: http.user, password: async () => password },
      setCredentials: async (good) => {
        password = good ? http.password : 'wrong-password-1234';
      },
    };
  });

export const sshRemote = () =>
  make(({ ssh }, dir) => ({
    url: ssh.url,
    port: ssh.port,
    at: (port) => ssh.url.replace(/:\d+\//, `:${port}/`),
    auth: { kind: 'ssh', privateKeyPath: ssh.keyFile, hostKeys: [ssh.hostKey] },
    setCredentials: async (good) => {
      const keys = join(dir, 'ssh/authorized_keys');
      const aside = `${keys}.aside`;
      const [from, to] = good ? [aside, keys] : [keys, aside];
      if (existsSync(from)) await rename(from, to);
    },
  }));
