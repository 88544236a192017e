import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { ensureBridge } from '../network/bridge.ts';
import { labNames } from '../network/naming.ts';
import { registerLab, writeJson } from '../network/registry.ts';
import { metadataPort, proxyPort, subnetOf } from '../network/subnet.ts';
import { readDebianSources, renderSourcesList } from '../proxy/apt-sources.ts';
import { hostAptSettings } from '../proxy/host-apt.ts';
import { startMetadataService } from '../proxy/metadata.ts';
import { startPackageProxy } from '../proxy/package-proxy.ts';
import type { MachineBackend } from './backend.ts';
import { findCgroups } from './cgroup.ts';
import { codename } from './image-recipes.ts';
import { imageLayers } from './image-store.ts';
import { loadRecords } from './machine-store.ts';
import { createNspawnBackend } from './nspawn-backend.ts';
import { runTool } from './run-tool.ts';

export const defaultCacheDir = '/var/cache/pressluft-lab';

export interface MachineLabOptions {
  readonly name: string;
  /** Directory of the machines' data; on a disk file system. */
  readonly dir: string;
  /** Images and packages, shared by all labs of the host. */
  readonly cacheDir?: string;
  /** Servers of `debian-12` come with a node's packages installed, but nothing configured. */
  readonly warmImage: boolean;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface MachineLab {
  readonly backend: MachineBackend;
  /** The host's address on the lab's bridge; machines reach it. */
  readonly hostAddress: string;
  /** CIDR. */
  readonly subnet: string;
  readonly proxyUrl: string;
  /** Stops the lab's own services; its machines keep running and the next `createMachineLab` of that name finds them. */
  close(): Promise<void>;
}

/**
 * Opens a lab, new or left by an earlier process with the same name and directory. The images are built here if they are
 * missing, which takes minutes. Fails with `PL3020` where machines cannot be run (needs root on Linux), with `PL3001` when
 * a program is missing.
 */
export async function createMachineLab(options: MachineLabOptions): Promise<MachineLab> {
  await checkHost();
  const cacheDir = options.cacheDir ?? defaultCacheDir;
  const names = labNames(options.name);
  const cgroups = await findCgroups();
  const sources = await readDebianSources(codename);
  const apt = await hostAptSettings();
  const layersOf = (image: string, signal: AbortSignal | undefined) =>
    imageLayers(image, options.warmImage, { cacheDir, onProgress: options.onProgress, signal });
  await layersOf('debian-12', options.signal);

  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const networkFile = join(options.dir, 'network.json');
  const { subnetIndex } = await registerLab(
    options.name,
    options.dir,
    await readSubnetIndex(networkFile),
    options.signal,
  );
  await writeJson(networkFile, { subnetIndex });
  const subnet = subnetOf(subnetIndex);
  const { filtersBetween } = await ensureBridge(names, subnet);
  if (!filtersBetween) options.onProgress('this kernel enforces firewalls only between host and machine');

  const proxy = await startPackageProxy({
    host: subnet.hostAddress,
    port: proxyPort,
    sources,
    cacheDir: join(cacheDir, 'debs'),
    upstreamProxy: apt.proxy,
  });
  try {
    const metadata = await startMetadataService(subnet.hostAddress, metadataPort, async (ipv4) => {
      const record = (await loadRecords(options.dir)).find((candidate) => candidate.ipv4 === ipv4);
      if (record === undefined) return undefined;
      return {
        instanceId: String(record.spec.id),
        hostname: record.spec.name,
        publicIpv4: record.ipv4,
        publicKeys: record.spec.sshAuthorizedKeys,
        userData: record.spec.userData,
      };
    });
    const backend = await createNspawnBackend({
      names,
      cgroups,
      labDir: options.dir,
      subnet,
      proxyUrl: proxy.url,
      aptSources: renderSourcesList(sources),
      layersOf,
    });
    return {
      backend,
      hostAddress: subnet.hostAddress,
      subnet: subnet.cidr,
      proxyUrl: proxy.url,
      close: async () => {
        await metadata.close();
        await proxy.close();
      },
    };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

/** The lab's previous network: machines have its addresses in their files. */
async function readSubnetIndex(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  const index =
    typeof value === 'object' && value !== null && 'subnetIndex' in value ? value.subnetIndex : undefined;
  return typeof index === 'number' ? index : undefined;
}

async function checkHost(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new PressluftError(errors.labUnsupported, "The lab's machines need Linux and root", {
      hint: 'Run it with sudo on a Linux machine.',
    });
  }
  for (const [tool, flag] of [
    ['systemd-nspawn', '--version'],
    ['debootstrap', '--version'],
    ['nft', '--version'],
    ['ip', '-V'],
    ['flock', '--version'],
    ['unshare', '--version'],
  ] as const) {
    await runTool(tool, [flag], { timeoutMs: 10_000 });
  }
}
