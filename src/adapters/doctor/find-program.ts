import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Path of an executable file on the PATH, or null. */
export async function findProgram(name: string, path: string): Promise<string | null> {
  for (const directory of path.split(delimiter)) {
    if (directory === '') continue;
    const file = join(directory, name);
    try {
      await access(file, constants.X_OK);
      if ((await stat(file)).isFile()) return file;
    } catch {
      // Not there, or not for us: the next directory may have it.
    }
  }
  return null;
}
