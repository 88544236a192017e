import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/**
 * `sha256:…` over path and content of every file below `root` that can change what a run does; compiled Python, hidden files
 * and documentation are left out.
 */
export async function contentVersion(root: string): Promise<string> {
  const paths = (await filesBelow(root)).map((path) => relative(root, path).split(sep).join('/')).sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = await readFile(join(root, path));
    hash.update(`${path.length}:${path}:${content.length}:`).update(content);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const nested = entries.filter(isContent).map((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
  return (await Promise.all(nested)).flat();
}

function isContent(entry: { readonly name: string }): boolean {
  return !entry.name.startsWith('.') && entry.name !== '__pycache__' && !/\.(pyc|md)$/.test(entry.name);
}
