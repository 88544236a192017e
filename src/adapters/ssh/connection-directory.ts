import { lstatSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, thisProcess } from '../process/process-identity.ts';
import { type ConnectionFiles, hostKeyAlias } from './client-options.ts';
import type { PinnedAddress } from './pinned-address.ts';

/**
 * Private directory of control sockets and generated known-hosts files. Its path is short, since the path of a UNIX socket is limited
 * to 104 bytes (ssh adds 17 while it binds), and plain, since it is put into option strings unquoted.
 */
export interface ConnectionDirectory {
  readonly path: string;
  /** Files for an address; a higher `generation` is a fresh connection beside an old one that may be dead. */
  files(address: PinnedAddress, generation: number): Promise<ConnectionFiles>;
  remove(): void;
}

export function createConnectionDirectory(privateKeyPath: string): ConnectionDirectory {
  const parent = shortDirectory();
  removeLeftovers(parent);
  const owner = thisProcess();
  const path = mkdtempSync(join(parent, `pl-${owner.pid}-${owner.startTicks}-`));
  const identityPath = join(path, 'identity');
  symlinkSync(privateKeyPath, identityPath);
  const knownHosts = new Map<string, Promise<string>>();
  // Masters that outlive a crash end by themselves (ControlPersist); an orderly shutdown also removes the directory.
  const onExit = () => rmSync(path, { recursive: true, force: true });
  process.on('exit', onExit);

  return {
    path,
    async files(address, generation) {
      let knownHostsPath = knownHosts.get(address.id);
      if (knownHostsPath === undefined) {
        knownHostsPath = writeKnownHosts(path, address);
        knownHosts.set(address.id, knownHostsPath);
      }
      return {
        controlPath: join(path, `${address.id}.${generation}`),
        knownHostsPath: await knownHostsPath,
        identityPath,
      };
    },
    remove() {
      process.off('exit', onExit);
      onExit();
    },
  };
}

export async function socketExists(controlPath: string): Promise<boolean> {
  return access(controlPath).then(
    () => true,
    () => false,
  );
}

async function writeKnownHosts(directory: string, address: PinnedAddress): Promise<string> {
  const path = join(directory, `${address.id}.keys`);
  const lines = address.hostKeys.map((key) => `${hostKeyAlias(address)} ${key}\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 });
  return path;
}

/** Directories of killed processes; their masters end by themselves. */
function removeLeftovers(parent: string): void {
  for (const entry of readdirSync(parent)) {
    const match = /^pl-(\d+)-(\d*)-\w{6}$/.exec(entry);
    const path = join(parent, entry);
    if (match === null || isRunning({ pid: Number(match[1]), startTicks: match[2] ?? '' })) continue;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && stat.uid === process.getuid?.())
      rmSync(path, { recursive: true, force: true });
  }
}

function shortDirectory(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime !== undefined && /^\/[A-Za-z0-9_/.-]{1,29}$/.test(runtime) && isWritable(runtime)
    ? runtime
    : '/tmp';
}

function isWritable(directory: string): boolean {
  try {
    rmSync(mkdtempSync(join(directory, 'pl-')), { recursive: true });
    return true;
  } catch {
    return false;
  }
}
