import { execFile } from 'node:child_process';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const fillerName = 'filler';

/** A separate file system, so that only it becomes full. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves this many bytes free. */
  fill(leaveBytes: number): Promise<void>;
  free(): Promise<void>;
  usedBytes(): Promise<number>;
  remove(): Promise<void>;
}

export async function mountSmallDisk(path: string, sizeMib: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  await exec('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=700`, 'tmpfs', path]);
  const filler = join(path, fillerName);
  const free = () => rm(filler, { force: true });
  return {
    path,
    fill: async (leaveBytes) => {
      await free();
      const { bavail, bsize } = await statfs(path);
      const handle = await open(filler, 'w');
      try {
        const block = Buffer.alloc(bsize, 1);
        const blocks = Math.max(0, bavail - Math.ceil(leaveBytes / bsize));
        // Other processes write meanwhile; an earlier full disk also serves the test.
        for (let count = 0; count < blocks; count += 1) await handle.write(block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await handle.close();
      }
    },
    free,
    usedBytes: async () => {
      const { blocks, bfree, bsize } = await statfs(path);
      return (blocks - bfree) * bsize;
    },
    remove: async () => {
      await exec('umount', ['-l', path]);
    },
  };
}
