import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const example = join(import.meta.dirname, '../../../example-repo');

it.each(['.github/workflows/pressluft.yml', '.forgejo/workflows/pressluft.yml'])(
  '%s names every action by a commit, with its version behind it',
  (path) => {
    const used = readFileSync(join(example, path), 'utf8')
      .split('\n')
      .filter((line) => /\buses:/.test(line));
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);
