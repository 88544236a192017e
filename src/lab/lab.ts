import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { type CloudApi, createCloudApi } from './api/cloud-api.ts';
import type { Fault } from './api/faults.ts';
import type { RateLimitOptions } from './cloud/request-bucket.ts';
import { createGitRemote, type GitFaults, type GitRemote, wipeRepository } from './git/git-remote.ts';
import { prepareRepository } from './git/repository.ts';
import { requireLabHost } from './host-check.ts';
import {
  defaultLabDir,
  type LabDescription,
  labEnvironment,
  labFiles,
  newToken,
  portOf,
  readDescription,
  writeDescription,
} from './lab-files.ts';
import type { MachineBackend } from './machines/backend.ts';
import { createMachineLab, defaultCacheDir, type MachineLab } from './machines/machine-lab.ts';
import { buildMirror } from './mirror/build.ts';
import { createMirror, type Mirror } from './mirror/mirror.ts';
import { claimLab } from './owner.ts';

export interface LabOptions {
  readonly name: string;
  /** State, repository and machines of this lab; default `/var/lib/pressluft-lab/NAME`. */
  readonly dir?: string;
  /** Images, packages and artifacts, shared by all labs of the host; default `/var/cache/pressluft-lab`. */
  readonly cacheDir?: string;
  /** Servers have a node's packages preinstalled, which makes provisioning quick; default true. */
  readonly warmImage?: boolean;
  readonly onProgress?: (message: string) => void;
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly signal?: AbortSignal;
  readonly faults?: readonly Fault[];
  readonly rateLimit?: RateLimitOptions;
}

export interface Lab {
  readonly description: LabDescription;
  readonly api: CloudApi;
  readonly git: GitRemote;
  readonly mirror: Mirror;
  readonly machines: MachineBackend;
  /** Variables that point a controller at this lab. */
  env(): Record<string, string>;
  /** Destroys the servers and deletes the repository's history; addresses, tokens and caches stay. */
  reset(): Promise<void>;
  /** Ends the services; machines keep running and the next `startLab` of that name finds them. See `stopLab` to remove them. */
  close(): Promise<void>;
}

/**
 * Starts a lab, or resumes one that an earlier process left: cloud API, Git remote, artifact mirror and the machines. Tokens
 * and ports stay the same over restarts where possible. The first start on a host builds images and mirror, which takes minutes.
 * Fails with `PL3020` where machines cannot run, `PL3022` while another process serves a lab of that name.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  requireLabHost();
  const dir = options.dir ?? defaultLabDir(options.name);
  const cacheDir = options.cacheDir ?? defaultCacheDir;
  const onProgress = options.onProgress ?? (() => undefined);
  const release = await claimLab(options.name, dir);
  const opened: (() => Promise<void>)[] = [release];
  const closeAll = async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    const known = await readDescription(dir);
    const machines = await openMachines(options, dir, cacheDir, onProgress);
    opened.push(machines.close);
    const { hostAddress } = machines;
    onProgress('starting API, Git remote and artifact mirror');
    const mirror = await onPort(portOf(known?.mirror.url), (port) =>
      createMirror({ cacheDir, host: hostAddress, port, onProgress }),
    );
    opened.push(mirror.close);
    const git = await openGit(dir, known);
    opened.push(git.close);
    const tokens = {
      token: known?.cloud.token ?? newToken(),
      readOnlyToken: known?.cloud.readOnlyToken ?? newToken(),
      controlToken: known?.cloud.controlToken ?? newToken(),
    };
    const reset = async () => {
      await api.reset();
      await git.setFaults({});
      await wipeRepository(labFiles(dir).git);
      await prepareRepository(git.repository, false);
    };
    const api = await createCloudApi({
      ...tokens,
      stateFile: labFiles(dir).cloudState,
      backend: machines.backend,
      control: controls(() => ({ api, git, mirror, machines: machines.backend, reset })),
      ...(options.faults ? { faults: options.faults } : {}),
      ...(options.rateLimit ? { rateLimit: options.rateLimit } : {}),
      ...(options.log ? { log: options.log } : {}),
    });
    opened.push(api.close);
    const endpoint = await onPort(portOf(known?.cloud.endpoint), (port) => api.listen('127.0.0.1', port));
    const description = describe(options.name, dir, cacheDir, endpoint, tokens, git, mirror, machines);
    await writeDescription(description);
    return {
      description,
      api,
      git,
      mirror,
      machines: machines.backend,
      env: () => labEnvironment(description),
      reset,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Image and mirror are built in parallel on the first start; when one fails, the other is cancelled. */
async function openMachines(
  options: LabOptions,
  dir: string,
  cacheDir: string,
  onProgress: (message: string) => void,
): Promise<MachineLab> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      failed.abort();
      throw error;
    }
  };
  const [machines, mirror] = await Promise.allSettled([
    guard(
      createMachineLab({
        name: options.name,
        dir,
        cacheDir,
        warmImage: options.warmImage ?? true,
        onProgress,
        signal,
      }),
    ),
    guard(buildMirror({ cacheDir, onProgress, signal })),
  ]);
  if (machines.status === 'fulfilled' && mirror.status === 'fulfilled') return machines.value;
  if (machines.status === 'fulfilled') await machines.value.close();
  const failures = [machines, mirror].flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  // The cancelled build only reports its cancellation.
  throw (
    failures.find((error) => !(error instanceof PressluftError && error.code === errors.cancelled)) ??
    failures[0]
  );
}

async function openGit(dir: string, known: LabDescription | undefined): Promise<GitRemote> {
  const open = (httpPort: number, sshPort: number) =>
    createGitRemote({
      dir: labFiles(dir).git,
      host: '127.0.0.1',
      password: known?.git.password ?? newToken().slice(0, 32),
      httpPort,
      sshPort,
    });
  return onPort(portOf(known?.git.httpUrl), (port) => open(port, port === 0 ? 0 : portOf(known?.git.sshUrl)));
}

/** Tries the previous port, and any other when that one is in use. */
async function onPort<T>(port: number, open: (port: number) => Promise<T>): Promise<T> {
  if (port === 0) return open(0);
  try {
    return await open(port);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' || error instanceof PressluftError;
    if (!isTaken) throw error;
    return open(0);
  }
}

type Parts = Pick<Lab, 'api' | 'git' | 'mirror' | 'machines' | 'reset'>;

/** Control endpoints of the whole lab, for tests and the CLI to reach a lab in another process. */
function controls(
  parts: () => Parts,
): Readonly<Record<string, (method: string, body: unknown) => Promise<object>>> {
  return {
    '/git-faults': async (method, body) => {
      if (method === 'PUT') await parts().git.setFaults((body ?? {}) as Partial<GitFaults>);
      return parts().git.faults();
    },
    '/status': async () => {
      const { api, machines, mirror } = parts();
      return {
        servers: api.servers(),
        machines: await machines.list(),
        faults: api.faults.list(),
        requests: api.journal.entries().length,
        downloads: mirror.hits(),
      };
    },
    '/reset': async (method) => {
      if (method === 'POST') await parts().reset();
      return {};
    },
  };
}

function describe(
  name: string,
  dir: string,
  cacheDir: string,
  endpoint: string,
  tokens: Pick<LabDescription['cloud'], 'token' | 'readOnlyToken' | 'controlToken'>,
  git: GitRemote,
  mirror: Mirror,
  machines: MachineLab,
): LabDescription {
  const { hostAddress, subnet, proxyUrl } = machines;
  return {
    version: 1,
    name,
    dir,
    cacheDir,
    cloud: { endpoint, ...tokens, controlUrl: endpoint.replace(/\/v1$/, '/_lab') },
    git: {
      repository: git.repository,
      httpUrl: git.http.url,
      user: git.http.user,
      password: git.http.password,
      sshUrl: git.ssh.url,
      sshHostKey: git.ssh.hostKey,
      sshKeyFile: git.ssh.keyFile,
    },
    mirror: { url: mirror.url },
    network: { hostAddress, subnet, proxyUrl },
  };
}
