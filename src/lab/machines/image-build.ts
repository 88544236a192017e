import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type AptSource, mainArchive, renderSourcesList } from '../proxy/apt-sources.ts';
import { createCgroup, findCgroups, inCgroup, removeCgroup } from './cgroup.ts';
import { basePackages, codename, quietUnits, stackPackages, stackUnits } from './image-recipes.ts';
import { mountOverlay, unmount } from './overlay.ts';
import { runTool } from './run-tool.ts';

export interface ImageBuild {
  /** Directory for everything temporary; removed by the caller. */
  readonly scratch: string;
  /** Group of every process of the build, so that an aborted build ends all of them. */
  readonly cgroup: string;
  /** Path of the finished layer. */
  readonly root: string;
  readonly sources: readonly AptSource[];
  readonly proxyUrl: string;
  readonly aptConfig: string;
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const buildTimeoutMs = 20 * 60_000;

/** A bare Debian root file system without host keys, machine id or anything else that must be unique to a machine. */
export async function buildBaseImage(build: ImageBuild): Promise<void> {
  await mkdir(build.root, { recursive: true });
  const archive = mainArchive(build.sources, codename).replace(/^https:/, 'http:');
  const packages = basePackages.join(',');
  const keyringArgs = existsSync(keyring) ? [`--keyring=${keyring}`] : [];
  build.onProgress(`debootstrap ${codename} from ${archive}`);
  await runContained(build, [
    'debootstrap',
    '--variant=minbase',
    ...keyringArgs,
    `--include=${packages}`,
    codename,
    build.root,
    archive,
  ]);
  await writeAptConfiguration(build, build.root);
  build.onProgress('applying security updates');
  await aptGet(build, build.root, ['update']);
  await aptGet(build, build.root, ['dist-upgrade']);
  await inRoot(build, build.root, ['systemctl', 'disable', '--quiet', ...quietUnits]);
  await cleanUp(build, build.root);
}

/** An overlay layer above the bare image with a node's packages, none of their services enabled. */
export async function buildStackImage(build: ImageBuild, base: string): Promise<void> {
  const upper = join(build.scratch, 'upper');
  const merged = join(build.scratch, 'merged');
  await mountOverlay({
    source: 'pressluft-lab-build',
    layers: [base],
    upper,
    work: join(build.scratch, 'work'),
    mountPoint: merged,
  });
  try {
    await writeAptConfiguration(build, merged);
    build.onProgress(`installing ${stackPackages.length} packages and what they need`);
    await aptGet(build, merged, ['update']);
    await aptGet(build, merged, ['install', ...stackPackages]);
    await inRoot(build, merged, ['systemctl', 'disable', '--quiet', ...stackUnits, ...quietUnits]);
    await cleanUp(build, merged);
  } finally {
    await unmount(merged);
  }
  await mkdir(join(build.root, '..'), { recursive: true });
  await rename(upper, build.root);
}

async function writeAptConfiguration(build: ImageBuild, root: string): Promise<void> {
  await writeFile(join(root, 'etc/apt/sources.list'), renderSourcesList(build.sources));
  // Machines of the lab are disposable: surviving a power failure during dpkg is not worth its fsyncs.
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/lab'), 'force-unsafe-io\n');
  await writeFile(join(root, 'etc/apt/apt.conf.d/90lab'), `Acquire::Languages "none";\n${build.aptConfig}`);
}

async function aptGet(build: ImageBuild, root: string, args: readonly string[]): Promise<void> {
  await inRoot(build, root, [
    'apt-get',
    '--quiet=2',
    '--yes',
    '--no-install-recommends',
    '-o',
    `Acquire::http::Proxy=${build.proxyUrl}`,
    '-o',
    'Dpkg::Options::=--force-confold',
    '-o',
    'Acquire::Retries=3',
    ...args,
  ]);
}

async function inRoot(build: ImageBuild, root: string, command: readonly string[]): Promise<void> {
  await runContained(build, [
    'systemd-nspawn',
    '--quiet',
    '--register=no',
    '--keep-unit',
    '--as-pid2',
    '--pipe',
    '--resolv-conf=off',
    '--timezone=off',
    '--setenv=DEBIAN_FRONTEND=noninteractive',
    '--setenv=LC_ALL=C.UTF-8',
    `--directory=${root}`,
    '--',
    ...command,
  ]);
}

async function runContained(build: ImageBuild, command: readonly string[]): Promise<void> {
  const host = await findCgroups();
  const [launcher = '', ...args] = inCgroup(await createCgroup(host, build.cgroup), command);
  try {
    await runTool(launcher, args, {
      timeoutMs: buildTimeoutMs,
      signal: build.signal,
      env: { http_proxy: build.proxyUrl, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (error) {
    if (!(error instanceof PressluftError) || error.code !== errors.labFailed) throw error;
    throw new PressluftError(errors.labFailed, `Building the image failed: ${error.message}`, {
      cause: error,
    });
  } finally {
    await removeCgroup(host, build.cgroup);
  }
}

async function cleanUp(build: ImageBuild, root: string): Promise<void> {
  await inRoot(build, root, ['apt-get', 'clean']);
  const etcSsh = join(root, 'etc/ssh');
  for (const name of await readdir(etcSsh)) {
    if (name.startsWith('ssh_host_')) await rm(join(etcSsh, name));
  }
  await rm(join(root, 'etc/machine-id'), { force: true });
  await writeFile(join(root, 'etc/machine-id'), '');
  await rm(join(root, 'var/lib/dbus/machine-id'), { force: true });
  await rm(join(root, 'var/log/bootstrap.log'), { force: true });
}
