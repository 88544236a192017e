import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const golden = join(import.meta.dirname, '../golden');
/** Manifests with a problem, named after its code, and the printed text. */
export const badDirectory: string = join(golden, 'manifest');
/** The corrected manifests. */
export const goodDirectory: string = join(golden, 'diagnostics');

export interface GoldenFile {
  readonly path: string;
  readonly text: string;
}

/** Names of cases with manifest files, such as `PL1010-tab`; cases that need code are in the golden test. */
export function goldenNames(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** The files of a case, which replace those of the valid test fleet; none for an unknown case. */
export function goldenFiles(directory: string, name: string): readonly GoldenFile[] {
  const file = join(directory, `${name}.yaml`);
  return existsSync(file) ? splitFiles(readFileSync(file, 'utf8')) : [];
}

/** `# >>> path` starts a file. */
function splitFiles(text: string): readonly GoldenFile[] {
  const parts = text.split(/^# >>> (.+)\n/m).slice(1);
  const files: GoldenFile[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2)
    files.push({ path: parts[i] ?? '', text: parts[i + 1] ?? '' });
  return files;
}
