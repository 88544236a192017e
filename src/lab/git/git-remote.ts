import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpRemote } from './http-remote.ts';
import { type PushFaults, prepareRepository, pushFaults, setPushFaults } from './repository.ts';
import { startSshRemote } from './ssh-remote.ts';

export interface GitRemoteOptions {
  /** Directory of the bare repository, keys and logs. An existing repository is kept and served. */
  readonly dir: string;
  readonly host: string;
  readonly password: string;
  readonly user?: string;
  /** 0 takes any free port. */
  readonly httpPort?: number;
  readonly sshPort?: number;
  /** Lets pushes rewrite and delete branches. */
  readonly allowForce?: boolean;
}

export interface GitFaults extends PushFaults {
  /** The next requests over HTTP are answered with 401 although the password is right. */
  readonly refuseCredentials: number;
}

export interface GitRemote {
  /** The bare repository on this host. */
  readonly repository: string;
  readonly http: { readonly url: string; readonly user: string; readonly password: string };
  readonly ssh: {
    readonly url: string;
    readonly hostKey: string;
    readonly keyFile: string;
    readonly port: number;
  };
  /** Replaces all faults of the remote; faults that are not named are off. */
  setFaults(faults: Partial<GitFaults>): Promise<void>;
  /** The remaining number of times of each fault. */
  faults(): Promise<GitFaults>;
  close(): Promise<void>;
}

/** A Git server like a forge: one repository, over smart HTTP with a password and over SSH with a deploy key. */
export async function createGitRemote(options: GitRemoteOptions): Promise<GitRemote> {
  const repository = join(options.dir, 'fleet.git');
  const user = options.user ?? 'pressluft';
  const { dir, host, password } = options;
  await mkdir(dir, { recursive: true });
  await prepareRepository(repository, options.allowForce ?? false);
  const http = await startHttpRemote({ repository, host, port: options.httpPort ?? 0, user, password });
  try {
    const ssh = await startSshRemote({ repository, dir: sshDir(dir), host, port: options.sshPort ?? 0 });
    return {
      repository,
      http: { url: http.url, user, password },
      ssh: { url: ssh.url, hostKey: ssh.hostKey, keyFile: ssh.keyFile, port: ssh.port },
      setFaults: async (faults) => {
        const { rejectPushes = 0, loseReplies = 0, refuseCredentials = 0 } = faults;
        await setPushFaults(repository, { rejectPushes, loseReplies });
        http.refuseCredentials(refuseCredentials);
      },
      faults: async () => ({ ...(await pushFaults(repository)), refuseCredentials: http.refusalsLeft() }),
      close: async () => {
        await http.close();
        await ssh.close();
      },
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}

/** Where the SSH side of a remote in `dir` keeps its files. */
export function sshDir(dir: string): string {
  return join(dir, 'ssh');
}

/** Deletes every commit of a remote that is not being served. */
export async function wipeRepository(dir: string): Promise<void> {
  await rm(join(dir, 'fleet.git'), { recursive: true, force: true });
}
