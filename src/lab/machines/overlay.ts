import { mkdir, readFile } from 'node:fs/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { runTool } from './run-tool.ts';

export interface Overlay {
  /** The mount's source name, by which the mount is found again. */
  readonly source: string;
  /** Topmost first. */
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly mountPoint: string;
}

export interface MountedAt {
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
}

/** Mounts a writable view over read-only layers. Fails with `PL3020` when the file system below cannot carry one. */
export async function mountOverlay(overlay: Overlay): Promise<void> {
  for (const path of [...overlay.layers, overlay.upper, overlay.work, overlay.mountPoint]) {
    if (/[,:\\"\s]/.test(path))
      throw new PressluftError(errors.labUnsupported, `An overlay cannot be made from the path ${path}`);
  }
  for (const path of [overlay.upper, overlay.work, overlay.mountPoint])
    await mkdir(path, { recursive: true });
  const options = `lowerdir=${overlay.layers.join(':')},upperdir=${overlay.upper},workdir=${overlay.work}`;
  const result = await runTool(
    'mount',
    ['-t', 'overlay', overlay.source, '-o', options, overlay.mountPoint],
    { allowFailure: true },
  );
  if (result.exitCode === 0) return;
  throw new PressluftError(errors.labUnsupported, `An overlay cannot be mounted: ${result.stderr.trim()}`, {
    hint: 'The lab needs root and a directory on a disk file system such as ext4 or xfs, not on another overlay.',
  });
}

/** Removes every mount on the directory; no mount is not an error. */
export async function unmount(mountPoint: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (!(await listMounts()).some((mount) => mount.mountPoint === mountPoint)) return;
    // Lazy unmount after some attempts: a dying process may still hold it for some milliseconds.
    await runTool('umount', attempt < 5 ? [mountPoint] : ['-l', mountPoint], { allowFailure: true });
  }
  throw new PressluftError(errors.labFailed, `${mountPoint} cannot be unmounted`);
}

/** The mounts of this host's namespace. */
export async function listMounts(): Promise<readonly MountedAt[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [type = '', source = ''] = right.split(' ');
    return { source, type, mountPoint: unescapeOctal(left.split(' ')[4] ?? '') };
  });
}

function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
