import { readFile } from 'node:fs/promises';
import type { LabFacts } from '../../ports/doctor-probes.ts';
import { runProcess } from '../process/run-process.ts';
import { findProgram } from './find-program.ts';

const tools = ['systemd-nspawn', 'debootstrap', 'ip', 'nft', 'unshare', 'flock'] as const;

/** What the lab's machines need of this one; tried out where that leaves nothing behind. */
export async function probeLab(path: string, signal: AbortSignal): Promise<LabFacts> {
  const found = await Promise.all(tools.map((tool) => findProgram(tool, path)));
  const [overlayFs, networkNamespaces] = await Promise.all([hasOverlay(), canUnshare(path, signal)]);
  return {
    linux: process.platform === 'linux',
    root: process.getuid?.() === 0,
    missingTools: tools.filter((_tool, index) => found[index] === null),
    overlayFs,
    networkNamespaces,
  };
}

/** Loaded, or to be had as a module on the first mount. */
async function hasOverlay(): Promise<boolean> {
  const loaded = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  if (/\boverlay$/m.test(loaded)) return true;
  const release = await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => '');
  const modules = await readFile(`/lib/modules/${release.trim()}/modules.dep`, 'utf8').catch(() => '');
  return /\/overlay\.ko/.test(modules);
}

/** A namespace of its own that ends with the command. */
async function canUnshare(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    const result = await runProcess({
      file: 'unshare',
      args: ['--net', 'true'],
      env: { PATH: path },
      timeoutMs: 5_000,
      signal,
    });
    return result.exitCode === 0;
  } catch {
    return false;
  }
}
