import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CliFiles } from '../cli/context.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { installationRoot } from './paths.ts';

/** File access of the CLI verbs. */
export const cliFiles: CliFiles = {
  write: (path, text) =>
    explained(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }),
  append: (path, text) => explained(path, () => appendFile(path, text)),
  read: async (path, maxBytes) => {
    try {
      const { size } = await stat(path);
      if (size <= maxBytes) return await readFile(path, 'utf8');
    } catch (cause) {
      throw new PressluftError(errors.flagInvalid, `cannot read ${path}`, {
        cause,
        hint: 'Name a file that can be read.',
      });
    }
    throw new PressluftError(errors.flagInvalid, `${path} is too large: the limit is ${maxBytes} bytes`, {
      hint: 'Name another file.',
    });
  },
  sizeBytes: async (path) => {
    const stats = await stat(path).catch(() => undefined);
    return stats?.size ?? 0;
  },
  manualPage: (name) =>
    readFile(join(installationRoot, 'docs', name), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }),
};

async function explained(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    throw new PressluftError(full ? errors.diskFull : errors.flagInvalid, `cannot write ${path}`, {
      cause,
      hint: full ? 'Free some space.' : 'Name a file that can be written.',
    });
  }
}
