import { expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import type { DesiredFleet } from '../../src/fleet/desired.ts';
import type { Quarantine } from '../../src/fleet/quarantine.ts';
import type { StatusDocument } from '../../src/fleet/recorded.ts';
import { resolveOwnership } from '../../src/manifest/kinds/pressluft/ownership-rules.ts';
import { plan } from '../../src/plan/plan.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  fleetConfig,
  hetznerNode,
  nodeRef,
  observedEnvironment,
  observedFleet,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

const site = desiredEnvironment('old', { deletionPolicy: 'delete' });
const applied = desiredFleet({ environments: [site] });
const status = (file: string, overrides: Partial<StatusDocument> = {}) =>
  statusDocument(site.ref, { sourceFile: file, node: 'web-1', ...overrides });
const fault = { code: 'PL1010', message: 'not valid YAML', position: { file: 'x.yaml', line: 2, column: 1 } };

/** The plan after the environment lost its manifest. */
function planWith(
  quarantine: Partial<Quarantine>,
  recorded: readonly StatusDocument[],
  observed = convergedFleet(applied),
  parts: Parameters<typeof desiredFleet>[0] = {},
) {
  const fleet = desiredFleet(parts);
  const desired: DesiredFleet = { ...fleet, quarantine: { ...fleet.quarantine, ...quarantine } };
  return plan(planInput({ desired, observed, recorded: recordedFleet(recorded) }));
}

const lost = (path: string): Partial<Quarantine> => ({
  lossy: new Map([[path, { kind: 'comments', line: 4 }]]),
});

test('a resource whose file lost it is reported with the place and the way to delete it', () => {
  expect(planWith(lost('old.yaml'), [status('old.yaml')])).toMatchObject({
    actions: [],
    blocked: [
      {
        resource: site.ref,
        node: 'web-1',
        kind: 'environment.converge',
        reason: 'Quarantined',
        message: 'the file that described it has only comments',
        nextStep: 'Restore its manifest. If it is to be removed: delete the file.',
        cause: { file: 'old.yaml', line: 4 },
      },
    ],
  });
});

test('it is also reported while its node is unreachable, or its server is gone', () => {
  const [web1] = applied.nodes.keys();
  if (web1 === undefined) throw new Error('the fleet has a node');
  const nodes = [hetznerNode('web-2')];
  for (const observed of [
    observedFleet([blindNode('web-1', 'unreachable')]),
    convergedFleet(desiredFleet({ nodes })),
  ]) {
    const { actions, blocked } = planWith(lost('old.yaml'), [status('old.yaml')], observed, { nodes });
    expect(actions).toEqual([]);
    expect(blocked.filter(({ resource }) => resource === site.ref)).toMatchObject([
      { reason: 'Quarantined' },
    ]);
  }
});

test('the loss of another file, and one of a directory with a similar name, means nothing', () => {
  for (const path of ['other.yaml', 'sites-old', 'sites/old.yaml.d']) {
    const { actions, blocked } = planWith(lost(path), [status('sites/old.yaml')]);
    expect([actions.map(({ id }) => id), blocked]).toEqual([['environment.delete:old'], []]);
  }
});

test('what was removed from a file counts as moved while a new file cannot be identified', () => {
  const files = (isUnidentified: boolean) => ({ files: new Map([['x.yaml', { ...fault, isUnidentified }]]) });
  const moved = planWith(files(true), [status('old.yaml')]);
  expect(moved).toMatchObject({
    actions: [],
    blocked: [{ reason: 'Quarantined', cause: { file: 'x.yaml' } }],
  });
  expect(planWith(files(false), [status('old.yaml')]).actions).toHaveLength(1);
  // The file is not new: it described something else.
  const other = statusDocument(environmentRef('other'), { sourceFile: 'x.yaml', node: 'web-1' });
  expect(planWith(files(true), [status('old.yaml'), other]).actions).toHaveLength(1);
});

test('a resource whose manifest was moved to a file that may not hold it is neither deleted nor changed', () => {
  const refused = new Map([[site.ref, { kind: 'refused', of: site.ref, fault } as const]]);
  expect(planWith({ resources: refused }, [status('old.yaml')])).toMatchObject({
    actions: [],
    blocked: [
      {
        resource: site.ref,
        reason: 'Quarantined',
        message: 'its manifest is not accepted in its file: not valid YAML (PL1010)',
        nextStep: expect.stringContaining('spec.ownership'),
        cause: { file: 'x.yaml', line: 2 },
      },
    ],
  });
});

test('a file that cannot be identified may describe only what its path may hold', () => {
  const files = { files: new Map([['sites/evil/x.yaml', { ...fault, isUnidentified: true }]]) };
  const ownership = resolveOwnership([
    { paths: ['nodes/**'], level: 'fleet' },
    { paths: ['sites/{site}/**'] },
  ]);
  const config = fleetConfig({ ownership });
  const removed = (file: string) => planWith(files, [status(file)], undefined, { config }).actions.length;
  expect([removed('sites/good/old.yaml'), removed('sites/evil/old.yaml')]).toEqual([1, 0]);
});

test('a record without a file counts as none', () => {
  expect(planWith(lost('some.yaml'), [status('')])).toMatchObject({
    actions: [],
    blocked: [{ reason: 'Quarantined', message: expect.stringContaining('it is not recorded which file') }],
  });
});

test('what is retained for good is not reported, and what would still be deleted is', () => {
  const retained = (deletionPolicy: 'retain' | 'delete') => {
    const environment = observedEnvironment('old', { retained: true, deletionPolicy });
    const observed = convergedFleet(desiredFleet());
    const [node] = observed.nodes.values();
    if (node === undefined) throw new Error('the fleet has a node');
    const environments = new Map([['old' as EnvironmentName, environment]]);
    return planWith(lost('old.yaml'), [status('old.yaml')], observedFleet([{ ...node, environments }]));
  };
  expect(retained('retain')).toMatchObject({ actions: [], blocked: [] });
  expect(retained('delete')).toMatchObject({ actions: [], blocked: [{ reason: 'Quarantined' }] });
});

test('a lost node is neither deleted nor are its sites, and a protected one is told as lost', () => {
  const recorded = [
    statusDocument(nodeRef('web-1'), { sourceFile: 'nodes/web-1.yaml', protected: true }),
    status('a.yaml'),
  ];
  const files = {
    lossy: new Map([...(lost('nodes/web-1.yaml').lossy ?? []), ...(lost('a.yaml').lossy ?? [])]),
  };
  const { actions, blocked } = planWith(files, recorded, convergedFleet(applied), { nodes: [] });
  expect(actions).toEqual([]);
  expect(blocked.map(({ resource, kind, reason }) => [resource, kind, reason])).toEqual([
    ['environment/old', 'environment.converge', 'Quarantined'],
    ['node/web-1', 'node.provision', 'Quarantined'],
  ]);
});
