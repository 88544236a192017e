import { expect, test } from 'vitest';
import type { NodeName, Uid } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedEnvironment, ObservedNode } from '../../src/fleet/observed.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  digest,
  environmentRef,
  hetznerNode,
  observedEnvironment,
  observedFleet,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

const name = 'acme-production';

/** Plans `after` for a node on which `before` was applied, with the manual changes of `seen`. */
function planChange(
  before: DesiredEnvironment | null,
  after: DesiredEnvironment,
  seen: Partial<ObservedEnvironment> = {},
): Plan {
  const applied = convergedFleet(desiredFleet({ environments: before === null ? [] : [before] }));
  const nodes = [...applied.nodes.values()].map((node) => ({
    ...node,
    environments: new Map(
      [...node.environments].map(([key, environment]) => [key, { ...environment, ...seen }]),
    ),
  }));
  return plan(
    planInput({ desired: desiredFleet({ environments: [after] }), observed: observedFleet(nodes) }),
  );
}

test('an environment as described needs no action', () => {
  const environment = desiredEnvironment(name);
  expect(planChange(environment, environment)).toMatchObject({ actions: [], blocked: [] });
});

test('a new environment on a ready node is converged without risk', () => {
  const { actions } = planChange(null, desiredEnvironment(name));
  expect(actions).toMatchObject([
    {
      id: `environment.converge:${name}`,
      reason: 'Missing',
      risk: 'none',
      dependsOn: [],
      exclusive: ['node/web-1', `environment/${name}`],
      cause: { file: `environments/${name}.yaml`, line: 1 },
    },
  ]);
});

const base = desiredEnvironment(name);
const php = { ...base.php, memoryLimit: '512M' };
const domains = { ...base.domains, primary: 'new.example' };
const wordpress = { ...base.wordpress, version: '7.2' };
const titled = { ...base, title: 'Another title' };

test.each([
  ['a PHP setting', { ...base, php }, 'php.memory_limit', 'restart', 0],
  ['the title', titled, 'title', 'none', 0],
  ['the WordPress version', { ...base, wordpress }, 'wordpress.version', 'data', 10],
  ['the PHP version', { ...base, php: { ...base.php, version: '8.3' } }, 'php.version', 'downtime', 10],
  ['the object cache', { ...base, cache: { object: 'none', memoryMib: 64 } }, 'cache.object', 'restart', 0],
] as const)('a change of %s names its field, cause, risk and downtime', (_, after, field, risk, seconds) => {
  const { actions } = planChange(base, after);
  expect(actions).toMatchObject([
    {
      id: `environment.converge:${name}`,
      reason: 'SpecChanged',
      risk,
      downtime: { seconds },
      changes: [{ field }],
      cause: { file: `environments/${name}.yaml`, line: 10, column: 5 },
    },
  ]);
});

test('a change of the primary domain shows the old and the new one', () => {
  const { actions } = planChange(base, { ...base, domains });
  expect(actions[0]?.changes).toEqual([
    { field: 'hosts.primary', before: `${name}.example`, after: 'new.example' },
    { field: 'site_url', before: `http://${name}.example`, after: 'http://new.example' },
  ]);
  expect(actions[0]?.risk).toBe('data');
  expect(actions[0]?.undo.lost).toContain(
    'content written in the meantime keeps the address http://new.example',
  );
});

test('a password hash never appears in a plan', () => {
  const passwordHash = '$2y$10$abcdefghijklmnopqrstuv';
  const { actions } = planChange(base, {
    ...base,
    access: { ...base.access, basicAuth: { user: 'me', passwordHash } },
  });
  expect(actions).toHaveLength(1);
  expect(JSON.stringify(actions)).not.toContain(passwordHash);
});

test('a password hash that changes is shown as changed and redacted', () => {
  const guarded = (passwordHash: string) => ({
    ...base,
    access: { ...base.access, basicAuth: { user: 'me', passwordHash } },
  });
  const { actions } = planChange(guarded('$2y$10$one'), guarded('$2y$10$two'));
  expect(actions[0]?.changes).toEqual([
    { field: 'access.basic_auth.password_hash', before: '[redacted]', after: '[redacted]' },
  ]);
});

test.each([
  ['stopped', 'environment.stop', 'downtime'],
  ['running', 'environment.start', 'downtime'],
] as const)('when only the state becomes %s, it is switched by %s', (state, kind, risk) => {
  const other = state === 'stopped' ? 'running' : 'stopped';
  const { actions } = planChange({ ...base, state: other }, { ...base, state });
  expect(actions).toMatchObject([{ id: `${kind}:${name}`, kind, reason: 'StateChanged', risk }]);
});

test('state and something else together are one converge', () => {
  const { actions } = planChange(base, { ...titled, state: 'stopped' });
  expect(actions).toMatchObject([{ kind: 'environment.converge', reason: 'SpecChanged' }]);
});

test('a file and a service changed on the node are put back', () => {
  const { actions } = planChange(base, base, {
    driftedFiles: [{ path: '/etc/nginx/sites-enabled/x.conf', expected: 'sha-a', actual: null }],
    failedServices: ['php8.2-fpm'],
  });
  expect(actions).toMatchObject([
    {
      kind: 'environment.converge',
      reason: 'Drifted',
      changes: [
        { field: 'file:/etc/nginx/sites-enabled/x.conf', before: null, after: 'sha-a' },
        { field: 'service:php8.2-fpm', before: 'inactive', after: 'active' },
      ],
      cause: { file: `environments/${name}.yaml`, line: 1 },
    },
  ]);
});

test('a service that refuses the user of an environment is put right', () => {
  const refused = { expected: 'access', actual: 'refused' };
  const { actions } = planChange(base, base, {
    driftedFiles: [
      { path: 'database:pl_acme', ...refused },
      { path: 'title:is no account', ...refused },
    ],
  });
  expect(actions).toMatchObject([
    {
      reason: 'Drifted',
      changes: [
        { field: 'database:pl_acme', before: 'refused', after: 'access' },
        { field: 'file:title:is no account' },
      ],
    },
  ]);
  expect(actions[0]?.message).toContain('the database refuses its user pl_acme');
});

test('the login of the administrator is used at the installation only', () => {
  const { actions, blocked } = planChange(base, { ...base, adminUser: 'another' });
  expect([actions, blocked]).toEqual([[], []]);
});

test('an interrupted converge is finished', () => {
  const { actions } = planChange(base, base, { complete: false, appliedDigest: null, uid: null });
  expect(actions).toMatchObject([{ kind: 'environment.converge', reason: 'Incomplete' }]);
});

test('a restored manifest returns the retained environment to service', () => {
  const { actions } = planChange(base, base, { retained: true });
  expect(actions).toMatchObject([
    { kind: 'environment.converge', reason: 'Returned', undo: { byRevert: true } },
  ]);
});

test('an environment of another fleet under the same name is never touched', () => {
  const { actions, blocked } = planChange(base, titled, { uid: 'somebodyelse2345' as Uid });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    { resource: environmentRef(name), reason: 'OwnershipMismatch', needsPerson: true },
  ]);
});

test('an environment is not created again on another node while its data is on the first', () => {
  const nodes = [hetznerNode('web-1'), hetznerNode('web-2')];
  const observed = convergedFleet(desiredFleet({ nodes, environments: [base] }));
  const moved = { ...base, node: 'web-2' as NodeName };
  const { actions, blocked } = plan(
    planInput({ desired: desiredFleet({ nodes, environments: [moved] }), observed }),
  );
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    { reason: 'MoveUnsupported', node: 'web-2', needsPerson: true, cause: { line: 10 } },
  ]);
});

test('an environment is not created again on another node while the first is unreachable', () => {
  const nodes = [hetznerNode('web-1'), hetznerNode('web-2')];
  const converged = convergedFleet(desiredFleet({ nodes, environments: [base] }));
  const moved = { ...base, node: 'web-2' as NodeName };
  const status = statusDocument(base.ref, { node: 'web-1', appliedDigest: digest('applied') });
  const planFor = (first: ObservedNode, recorded = recordedFleet([status])) =>
    plan(
      planInput({
        desired: desiredFleet({ nodes, environments: [moved] }),
        observed: { ...converged, nodes: new Map([...converged.nodes, [first.name, first]]) },
        recorded,
      }),
    );
  for (const state of ['unreachable', 'unknown'] as const) {
    const { actions, blocked } = planFor(blindNode('web-1', state));
    expect(actions).toEqual([]);
    expect(blocked).toContainEqual(
      expect.objectContaining({ resource: base.ref, reason: 'NodeUnreachable', node: 'web-2' }),
    );
    expect(blocked.find(({ resource }) => resource === base.ref)?.message).toContain('web-1');
  }
  // Interrupted creates without a record are known to the controller only.
  const interrupted = { ...recordedFleet([]), interrupted: new Map([[base.ref, 'web-1' as NodeName]]) };
  expect(planFor(blindNode('web-1', 'unreachable'), interrupted).actions).toEqual([]);
  // If nothing was ever applied, there is no data to lose. If the server is gone, the data was on it.
  const fresh = planFor(blindNode('web-1', 'unreachable'), recordedFleet([]));
  expect(fresh.actions.map(({ id }) => id)).toContain(`environment.converge:${base.name}`);
  const gone = planFor(blindNode('web-1', 'absent'));
  expect(gone.actions.map(({ id }) => id)).not.toContain(`environment.converge:${base.name}`);
  expect(gone.blocked).toContainEqual(
    expect.objectContaining({ resource: base.ref, reason: 'DataMissing', needsPerson: true }),
  );
});

test('changes of environments depend on a change of their node, unchanged environments do not', () => {
  const observed = convergedFleet(desiredFleet({ environments: [base, desiredEnvironment('other')] }));
  const desired = desiredFleet({
    nodes: [hetznerNode('web-1', { swapMib: 2048 })],
    environments: [titled, desiredEnvironment('other')],
  });
  const { actions } = plan(planInput({ desired, observed }));
  expect(actions.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['node.provision:web-1', []],
    [`environment.converge:${name}`, ['node.provision:web-1']],
  ]);
});

test('another mirror with the same checksum is no change', () => {
  const core = { ...base.wordpress.core, url: 'https://mirror.example/wordpress.tar.gz' };
  expect(planChange(base, { ...base, wordpress: { ...base.wordpress, core } }).actions).toEqual([]);
});

test('the same input gives the same plan and digest, and another commit another digest', () => {
  const one = planChange(base, titled);
  expect(planChange(base, titled)).toEqual(one);
  expect(planChange(base, { ...base, title: 'A third' }).digest).not.toBe(one.digest);
});

test('an orphan without any identity is left alone', () => {
  const applied = convergedFleet(desiredFleet());
  const nodes = [...applied.nodes.values()].map((node) => ({
    ...node,
    environments: new Map([[base.name, observedEnvironment(name, { uid: null })]]),
  }));
  expect(plan(planInput({ desired: desiredFleet(), observed: observedFleet(nodes) }))).toMatchObject({
    actions: [],
    blocked: [],
  });
});
