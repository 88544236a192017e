import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, 'corpus');

/** Inputs that found something once, errors or new code, in the order of their names. */
export function readCorpus(target: string): readonly Buffer[] {
  const dir = join(root, target);
  return namesIn(dir)
    .sort()
    .map((name) => readFileSync(join(dir, name)));
}

/** The file that the input is in now. */
export function saveInput(target: string, input: Buffer, kind: 'finding' | 'code'): string {
  const dir = join(root, target);
  mkdirSync(dir, { recursive: true });
  const name = `${kind}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`;
  writeFileSync(join(dir, name), input);
  return join(dir, name);
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
