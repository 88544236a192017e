import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type LabDescription, labEnvironment } from '../../../src/lab/lab-files.ts';
import { launchDaemon } from '../../../src/lab/launch-daemon.ts';
import { buildMirror } from '../../../src/lab/mirror/build.ts';
import type { MirrorCatalogue } from '../../../src/lab/mirror/catalogue.ts';
import { stopLab } from '../../../src/lab/stop-lab.ts';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { environment, smallFleet } from '../../support/small-fleet.ts';

/** Names of nodes, each with the names of its environments. */
export type Layout = Readonly<Record<string, readonly string[]>>;

/** A fleet in a lab that runs in a separate process, so that its work does not count as the controller's. */
export interface BenchFleet {
  readonly lab: LabDescription;
  readonly fleet: E2eFleet;
  /** Manifests of a layout, by path. */
  manifests(layout: Layout): Readonly<Record<string, string>>;
  /** Commits and pushes exactly this layout; other manifests are removed. */
  describe(layout: Layout, message: string): Promise<string>;
  /** Adds environments to a node in one commit, pushed. */
  add(node: string, names: readonly string[]): Promise<string>;
  end(): Promise<void>;
}

const labName = 'bench';

export async function startBenchFleet(say: (message: string) => void): Promise<BenchFleet> {
  const lab = await launchDaemon({ name: labName }, say);
  try {
    const mirror = await buildMirror({ cacheDir: lab.cacheDir, onProgress: say });
    const catalogue = JSON.parse(await readFile(join(mirror, 'catalogue.json'), 'utf8')) as MirrorCatalogue;
    const manifests = (layout: Layout) =>
      withGenerousBudget(smallFleet(catalogue, { nodes: layout, deletionPolicy: 'delete' }));
    const fleet = await createFleet({ description: lab, env: () => labEnvironment(lab) }, manifests({}));
    let present: readonly string[] = Object.keys(manifests({}));
    return {
      lab,
      fleet,
      manifests,
      describe: (layout, message) => {
        const files = manifests(layout);
        const gone = present.filter((path) => !Object.hasOwn(files, path));
        present = Object.keys(files);
        return fleet.commit({ ...Object.fromEntries(gone.map((path) => [path, null])), ...files }, message);
      },
      add: (node, names) => {
        const files = Object.fromEntries(
          names.map((name) => [
            `environments/${name}.yaml`,
            environment(name, node, { deletionPolicy: 'delete' }),
          ]),
        );
        present = [...new Set([...present, ...Object.keys(files)])];
        return fleet.commit(files, `feat: ${names.join(', ').slice(0, 60)}`);
      },
      end: async () => {
        await fleet.remove();
        await endLab();
      },
    };
  } catch (error) {
    await endLab();
    throw error;
  }
}

/** Removes the lab of the benchmarks; prints what it could not remove. */
export async function endLab(): Promise<void> {
  const left = await stopLab(labName);
  if (left.length > 0) throw new Error(`left behind: ${JSON.stringify(left)}`);
}

/** The benchmarks remove many environments at once, which a fleet does not allow by default. */
function withGenerousBudget(files: Record<string, string>): Record<string, string> {
  const config = parse(files['pressluft.yaml'] ?? '') as { spec: Record<string, unknown> };
  config.spec.deletionBudget = { maxCount: 1000, maxPercent: 100 };
  return { ...files, 'pressluft.yaml': stringify(config) };
}
