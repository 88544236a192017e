import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const pure = ['node:fs', 'node:child_process', 'node:http', 'node:https', 'node:net', 'node:os'].concat([
  'node:module',
  'node:process',
  'node:timers',
  'node:worker_threads',
  'execa',
  'axios',
]);

/** It loads pure libraries at their first use. */
const exceptions: Readonly<Record<string, string>> = { 'src/fleet/load-library.ts': 'node:module' };

interface Layer {
  /** Folders of `src/` that it may import from, in addition to itself. */
  readonly imports: readonly string[];
  /** Modules that it may not import, including their submodules. */
  readonly forbids?: readonly string[];
}

/** Allowed imports of each folder (docs/architecture.md). A folder of `src/` that is not listed is an error. */
const layers: Readonly<Record<string, Layer>> = {
  fleet: { imports: [], forbids: pure },
  plan: { imports: ['fleet'], forbids: pure },
  manifest: { imports: ['fleet'], forbids: pure },
  ports: { imports: ['fleet'] },
  // Effects go through the ports, so that the simulator can replace all of them.
  record: { imports: ['fleet', 'ports', 'plan', 'manifest'], forbids: pure },
  actions: { imports: ['fleet', 'ports', 'plan', 'manifest'], forbids: pure },
  reconcile: { imports: ['fleet', 'ports', 'plan', 'manifest', 'record', 'actions'], forbids: pure },
  adapters: { imports: ['fleet', 'ports'] },
  lab: { imports: ['fleet', 'ports'] },
  doctor: { imports: ['fleet', 'ports'] },
  cli: {
    imports: ['fleet', 'ports', 'plan', 'manifest', 'record', 'actions', 'reconcile', 'doctor', 'lab'],
    // Verbs read and write files through CliContext.files.
    forbids: ['node:fs', 'node:child_process', 'node:net', 'node:http', 'node:https'],
  },
  main: {
    imports: [
      ...['fleet', 'ports', 'plan', 'manifest', 'record', 'actions', 'reconcile', 'adapters'],
      ...['doctor', 'lab', 'cli'],
    ],
  },
};

/** Errors in the imports of one file, given by its path from the root of the project; one line for each. */
export function layerProblems(file: string, text: string): readonly string[] {
  const [, folder] = /^src\/(\w+)\//.exec(file) ?? [];
  if (folder === undefined) return [];
  const layer = layers[folder];
  if (layer === undefined) return [`${file}: src/${folder}/ is not in the table of scripts/layers.ts`];
  return importsOf(text).flatMap((specifier) => {
    const problem = problemOf(file, folder, layer, specifier);
    return problem === undefined ? [] : [`${file}: imports ${specifier}: ${problem}`];
  });
}

function problemOf(file: string, folder: string, layer: Layer, specifier: string): string | undefined {
  if (exceptions[file] === specifier) return undefined;
  if (!specifier.startsWith('.')) {
    const forbidden = layer.forbids?.some((name) => specifier === name || specifier.startsWith(`${name}/`));
    return forbidden === true ? `src/${folder}/ may have no effects; they go through a port` : undefined;
  }
  const [, target] = /^src\/(\w+)(?:\/|\.ts$)/.exec(join(file, '..', specifier)) ?? [];
  if (target === undefined || target === folder || layer.imports.includes(target)) return undefined;
  return `src/${folder}/ may import ${layer.imports.join(', ') || 'nothing'} only (docs/architecture.md)`;
}

/** Static, dynamic and type imports, and exports from another module. */
function importsOf(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, name]) => name ?? []);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const problems = globSync('src/**/*.ts', { cwd: root })
    .toSorted()
    .flatMap((file) => layerProblems(file, readFileSync(join(root, file), 'utf8')));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
