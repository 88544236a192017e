import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layerProblems } from '../../scripts/layers.ts';

const root = join(import.meta.dirname, '../..');

test('every source file keeps to its layer', () => {
  const files = globSync('src/**/*.ts', { cwd: root });
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap((file) => layerProblems(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

test.each([
  ['src/fleet/plan.ts', "import type { Deps } from '../ports/index.ts';"],
  ['src/plan/order.ts', "import { load } from '../manifest/index.ts';"],
  ['src/manifest/kinds/node/schema.ts', "import { plan } from '../../../plan/plan.ts';"],
  ['src/record/runs.ts', "export { act } from '../actions/act.ts';"],
  ['src/reconcile/pass.ts', "const { openSession } = await import('../main/session.ts');"],
  ['src/cli/plan.ts', "import { connect } from '../adapters/ssh/machine-shell.ts';"],
  ['src/adapters/git/clone.ts', "import { run } from '../../reconcile/daemon.ts';"],
  ['src/lab/lab.ts', "import { createClock } from '../adapters/clock.ts';"],
  ['src/doctor/run-doctor.ts', "import '../main.ts';"],
  ['src/fleet/naming.ts', "import { readFileSync } from 'node:fs';"],
  ['src/fleet/temporal.ts', "import { createRequire } from 'node:module';"],
  ['src/plan/plan.ts', "import { setTimeout } from 'node:timers/promises';"],
  ['src/actions/converge.ts', "import { execa } from 'execa';"],
  ['src/cli/validate.ts', "import { readFile } from 'node:fs/promises';"],
])('an import that leaves its layer is named: %s', (file, text) => {
  expect(layerProblems(file, `const before = 1;\n${text}\n`)).toEqual([
    expect.stringContaining(`${file}: imports `),
  ]);
});

test('a folder without a layer is named, so that a new one is decided on', () => {
  expect(layerProblems('src/queue/worker.ts', '')).toEqual([expect.stringContaining('src/queue/')]);
});

test('imports within a folder, downwards and of packages are allowed', () => {
  const text = "import { a } from './a.ts';\nimport { b } from '../fleet/b.ts';\nimport { c } from 'yaml';\n";
  expect(layerProblems('src/plan/plan.ts', text)).toEqual([]);
});

describe('the linter', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pressluft-lint-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeAll(() => copyFileSync(join(root, 'biome.json'), join(directory, 'biome.json')));

  const lint = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(directory, name, '..'), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    const args = ['lint', '--vcs-enabled=false', ...Object.keys(files)];
    return spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd: directory, encoding: 'utf8' });
  };

  test('refuses two files that import each other, by types too', () => {
    const { status, stderr } = lint({
      'src/cli/lower.ts': "import type { B } from './upper.ts';\n\nexport type A = B | null;\n",
      'src/cli/upper.ts': "import type { A } from './lower.ts';\n\nexport type B = readonly A[];\n",
    });
    expect(status).toBe(1);
    expect(stderr.match(/noImportCycles/g)).toHaveLength(2);
  });

  test.each([
    ['fleet', 'Date.now()'],
    ['plan', 'Date.now()'],
    ['manifest', 'process.pid'],
    ['record', 'process.pid'],
    ['actions', "fetch('http://example.org')"],
    ['reconcile', 'performance.now()'],
  ])('refuses effects in src/%s', (folder, effect) => {
    const { status, stderr } = lint({ [`src/${folder}/effect.ts`]: `export const now = ${effect};\n` });
    expect(status).toBe(1);
    expect(stderr).toContain('noRestrictedGlobals');
  });
});
