import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { cgroupPrefix } from '../network/naming.ts';
import { readDebianSources } from '../proxy/apt-sources.ts';
import { hostAptSettings } from '../proxy/host-apt.ts';
import { startPackageProxy } from '../proxy/package-proxy.ts';
import { findCgroups, removeCgroup } from './cgroup.ts';
import { withFileLock } from './file-lock.ts';
import { buildBaseImage, buildStackImage, type ImageBuild } from './image-build.ts';
import { baseImageKey, codename, stackImageKey } from './image-recipes.ts';
import { listMounts, unmount } from './overlay.ts';

export interface ImageStoreOptions {
  readonly cacheDir: string;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Images that a server may be created from. */
export const imageNames: readonly string[] = ['debian-12'];

/**
 * The read-only layers of an image, topmost first, built on first use: about a minute for the bare one, another for the
 * one with a node's packages. Builds are atomic and exclusive among all labs of this host. Fails with `PL3020` for an
 * image that does not exist.
 */
export async function imageLayers(
  image: string,
  warm: boolean,
  options: ImageStoreOptions,
): Promise<readonly string[]> {
  if (!imageNames.includes(image)) {
    throw new PressluftError(errors.labUnsupported, `The lab has no image "${image}"`, {
      hint: `Use one of: ${imageNames.join(', ')}.`,
    });
  }
  const base = await ensureImage(baseImageKey(), 'Debian 12 root file system', options, buildBaseImage);
  if (!warm) return [base];
  const stack = await ensureImage(stackImageKey(), "layer with a node's packages", options, (build) =>
    buildStackImage(build, base),
  );
  return [stack, base];
}

async function ensureImage(
  key: string,
  title: string,
  options: ImageStoreOptions,
  build: (build: ImageBuild) => Promise<void>,
): Promise<string> {
  const images = join(options.cacheDir, 'images');
  const finished = join(images, key, 'root');
  if (existsSync(finished)) return finished;
  await mkdir(images, { recursive: true });
  const lock = join(options.cacheDir, 'locks', `${key}.lock`);
  await withFileLock(
    lock,
    async () => {
      if (existsSync(finished)) return;
      const cgroup = `${cgroupPrefix}build-${key}`;
      await removeAbandonedBuilds(images, key, cgroup);
      const scratch = join(images, `.${key}.${randomBytes(4).toString('hex')}.building`);
      const startedAt = performance.now();
      options.onProgress(`building the ${title}, once for this host`);
      try {
        await withBuildProxy(options, { scratch, cgroup }, build);
        await rename(join(scratch, 'image'), join(images, key));
      } finally {
        await removeScratch(scratch);
      }
      options.onProgress(`built the ${title} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    },
    options.signal,
  );
  return finished;
}

async function withBuildProxy(
  options: ImageStoreOptions,
  { scratch, cgroup }: { readonly scratch: string; readonly cgroup: string },
  build: (build: ImageBuild) => Promise<void>,
): Promise<void> {
  const sources = await readDebianSources(codename);
  const apt = await hostAptSettings();
  const proxy = await startPackageProxy({
    host: '127.0.0.1',
    port: 0,
    sources,
    cacheDir: join(options.cacheDir, 'debs'),
    upstreamProxy: apt.proxy,
  });
  try {
    await build({
      scratch,
      cgroup,
      root: join(scratch, 'image', 'root'),
      sources,
      proxyUrl: proxy.url,
      aptConfig: apt.config,
      onProgress: options.onProgress,
      signal: options.signal,
    });
  } finally {
    await proxy.close();
  }
}

/** Removes leftovers of a killed build; the caller holds the image's lock. */
async function removeAbandonedBuilds(images: string, key: string, cgroup: string): Promise<void> {
  await removeCgroup(await findCgroups(), cgroup);
  for (const entry of await readdir(images)) {
    if (entry.startsWith(`.${key}.`)) await removeScratch(join(images, entry));
  }
}

async function removeScratch(scratch: string): Promise<void> {
  // Mounts are removed first: a deletion through a mount would delete the mounted files.
  for (const mount of (await listMounts()).toReversed()) {
    if (mount.mountPoint.startsWith(`${scratch}/`)) await unmount(mount.mountPoint);
  }
  await rm(scratch, { recursive: true, force: true });
}
