import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { RepositoryFiles } from '../../../src/ports/secrets.ts';

/** Files that the real sops and age-keygen made; see `fixtures/make-fixtures.sh`. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

export const fixture: RepositoryFiles = (name) => readFile(fixturePath(name));

export function identity(name: 'controller' | 'foreign' | 'post-quantum'): Promise<string> {
  return readFile(fixturePath(`${name}.agekey`), 'utf8');
}
