import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import type { DesiredFleet } from '../../src/fleet/desired.ts';
import type { ObservedFleet } from '../../src/fleet/observed.ts';
import type { RecordedFleet } from '../../src/fleet/recorded.ts';
import { comparePlans } from '../../src/plan/compare-plans.ts';
import { plan } from '../../src/plan/plan.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import { load, textFile } from '../manifest/fleet-fixture.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  commitSha,
  environmentRef,
  nodeRef,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';
import { renderPlanMarkdown, renderPlanText } from '../support/render-plan.ts';
import { sampleContext } from '../support/sample-fleets.ts';

// The pages show plans for the example repository, so the golden files contain the words of the planner.
const project = join(import.meta.dirname, '../..');
const golden = join(project, 'test/golden/plan');
const now = Date.parse('2026-11-20T22:00:00Z');

type Files = ReadonlyMap<string, string>;
type Edits = Readonly<Record<string, (text: string) => string | null>>;

/** A nightly window, so that the comment shows a change that waits for one. */
const windows: Edits = {
  'pressluft.yaml': (text) =>
    text.replace(
      '  # Nodes download',
      `  maintenance:
    windows:
      - { name: nights, start: 0 2 * * *, duration: 3h, timezone: Europe/Berlin, types: [production] }

  # Nodes download`,
    ),
};

/** The changes of the pull request. */
const changes: Edits = {
  'pressluft.yaml': (text) =>
    text.replace(
      '      wordpress-importer:\n',
      `        5.8.0: "${'5'.repeat(64)}"\n      wordpress-importer:\n`,
    ),
  'sites/acme/site.yaml': (text) => text.replace('akismet: 5.7.2', 'akismet: 5.8.0'),
  'sites/bakery/bakery.yaml': (text) =>
    text
      .replace('memoryLimit: 128M', 'memoryLimit: 192M')
      .replace('title: Corner Bakery', 'title: Corner Bakery & Café'),
  'sites/club/environments/staging.yaml': () => null,
};

test('the comment on a pull request for the example repository reads as recorded', async () => {
  const { base, head } = comparedExample();
  const comparison = comparePlans(base, head);
  await expect(renderPlanMarkdown(comparison)).toMatchFileSnapshot(join(golden, 'example-repo.golden.md'));
  await expect(renderPlanText(comparison)).toMatchFileSnapshot(join(golden, 'example-repo.golden.txt'));
});

function comparedExample() {
  const before = desired('base', [windows]);
  const after = desired('head', [windows, changes]);
  const observed = drifted(convergedFleet(before));
  const jsonOf = (fleet: DesiredFleet) =>
    planJson(plan(planInput({ desired: fleet, observed, recorded: recorded(before), now })), {
      ...sampleContext,
      fleet: fleet.config.fleet,
    });
  return { base: jsonOf(before), head: jsonOf(after) };
}

function desired(commit: string, edits: readonly Edits[]): DesiredFleet {
  const files = edits.reduce(edited, readRepository());
  const { fleet, diagnostics } = load([...files].map(([path, text]) => textFile(path, text)));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message, file }) => `${file}: ${message}`)).toEqual([]);
  if (fleet === undefined) throw new Error('the example repository has no valid pressluft.yaml');
  return { ...fleet, commit: commitSha(commit) };
}

function edited(files: Files, edits: Edits): Files {
  const changed = new Map(files);
  for (const [path, edit] of Object.entries(edits)) {
    const before = files.get(path) ?? '';
    const after = edit(before);
    if (after === before) throw new Error(`nothing changes in ${path}`);
    if (after === null) changed.delete(path);
    else changed.set(path, after);
  }
  return changed;
}

function readRepository(): Files {
  const root = join(project, 'example-repo');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.sort().map((full) => [relative(root, full), readFileSync(full, 'utf8')]));
}

/** Somebody edited a file of club-production by hand. */
function drifted(observed: ObservedFleet): ObservedFleet {
  const nodes = [...observed.nodes].map(([name, node]) => {
    const environments = [...node.environments].map(([environment, seen]) => {
      const path = '/etc/nginx/sites-enabled/club-production.conf';
      const driftedFiles =
        environment === 'club-production' ? [{ path, expected: '3f1c', actual: '9a02' }] : [];
      return [environment, { ...seen, driftedFiles }] as const;
    });
    return [name, { ...node, environments: new Map(environments) }] as const;
  });
  return { ...observed, nodes: new Map(nodes) };
}

function recorded(fleet: DesiredFleet): RecordedFleet {
  const environments = [...fleet.environments.values()];
  const durations = environments.flatMap(({ ref }, index) =>
    [11, 12, 14].map((seconds) => ({
      kind: 'environment.converge',
      resource: ref,
      durationMs: (seconds + index) * 1000,
    })),
  );
  const documents = [
    ...environments.map(({ name, node, ref }) => {
      const sourceFile = fleet.locate(ref, '')?.file ?? '';
      return statusDocument(environmentRef(name), { node, sourceFile });
    }),
    ...[...fleet.nodes.keys()].map((name) => statusDocument(nodeRef(name))),
  ];
  return { ...recordedFleet(documents), durations };
}
