import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { writeFileDurably } from './files.ts';
import { labNames } from './network/naming.ts';
import { findLab } from './network/registry.ts';

/** Everything a client of the lab needs, as `lab.json` holds it; secrets included, hence mode 0600. */
export interface LabDescription {
  readonly version: 1;
  readonly name: string;
  readonly dir: string;
  readonly cacheDir: string;
  readonly cloud: {
    /** Corresponds to Hetzner's `https://api.hetzner.cloud/v1`. */
    readonly endpoint: string;
    readonly token: string;
    readonly readOnlyToken: string;
    /** `/_lab/faults`, `/_lab/journal`, `/_lab/git-faults`, `/_lab/status`, `/_lab/reset` are below it. */
    readonly controlUrl: string;
    readonly controlToken: string;
  };
  readonly git: {
    readonly repository: string;
    readonly httpUrl: string;
    readonly user: string;
    readonly password: string;
    readonly sshUrl: string;
    readonly sshHostKey: string;
    readonly sshKeyFile: string;
  };
  readonly mirror: { readonly url: string };
  readonly network: { readonly hostAddress: string; readonly subnet: string; readonly proxyUrl: string };
}

export const defaultLabRoot = '/var/lib/pressluft-lab';

/** Fails with `PL2001` for an invalid lab name, so that the path stays below the root. */
export function defaultLabDir(name: string): string {
  labNames(name);
  return join(defaultLabRoot, name);
}

/** The data directory of a lab: for an existing lab, the one in its registration. */
export async function labDirOf(name: string): Promise<string> {
  return (await findLab(name))?.dir ?? defaultLabDir(name);
}

/** Files of a lab by purpose; machines and the network have their own files. */
export function labFiles(dir: string) {
  return {
    description: join(dir, 'lab.json'),
    owner: join(dir, 'owner.json'),
    lock: join(dir, 'lab.lock'),
    cloudState: join(dir, 'cloud.json'),
    git: join(dir, 'git'),
    log: join(dir, 'lab.log'),
  } as const;
}

export async function readDescription(dir: string): Promise<LabDescription | undefined> {
  const text = await readFile(labFiles(dir).description, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as LabDescription;
    if (value.version === 1) return value;
  } catch (cause) {
    throw new PressluftError(errors.labFailed, `${labFiles(dir).description} is damaged`, { cause });
  }
  throw new PressluftError(
    errors.labFailed,
    `${labFiles(dir).description} was written by another version of the lab`,
  );
}

export async function writeDescription(description: LabDescription): Promise<void> {
  const text = `${JSON.stringify(description, null, 2)}\n`;
  await writeFileDurably(labFiles(description.dir).description, text, 0o600);
}

/** Variables that point a controller at the lab instead of the real services. */
export function labEnvironment({ cloud, git, mirror }: LabDescription): Record<string, string> {
  return {
    PRESSLUFT_HCLOUD_ENDPOINT: cloud.endpoint,
    HCLOUD_TOKEN: cloud.token,
    PRESSLUFT_ARTIFACT_MIRROR: mirror.url,
    PRESSLUFT_REPO: git.httpUrl,
    PRESSLUFT_GIT_USER: git.user,
    PRESSLUFT_GIT_PASSWORD: git.password,
  };
}

/** As long as one of Hetzner's tokens: 64 letters and digits. */
export function newToken(): string {
  return randomBytes(96).toString('base64').replaceAll(/[+/=]/g, '').slice(0, 64);
}

export function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}
