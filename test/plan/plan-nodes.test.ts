import { expect, test } from 'vitest';
import type { EnvironmentName, NodeName } from '../../src/fleet/brand.ts';
import type { ReadinessCheck } from '../../src/fleet/observed.ts';
import { readCheck } from '../../src/fleet/reasons.ts';
import { plan } from '../../src/plan/plan.ts';
import { convergedFleet, planInput, provisioned } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  digest,
  hetznerNode,
  nodeRef,
  observedFleet,
  observedNode,
  observedServer,
  recordedFleet,
  staticNode,
  statusDocument,
} from '../support/fleet-builders.ts';

const desired = desiredFleet({ environments: [desiredEnvironment('acme-production')] });
const node = hetznerNode('web-1');

/** A check with this code of the probe. */
function failing(code: string, severity: ReadinessCheck['severity'] = 'error'): ReadinessCheck {
  return { ...readCheck(code), ok: false, severity, message: `${code} it says` };
}

test('a missing node is created, then provisioned, then its environments are converged', () => {
  const { actions, blocked } = plan(
    planInput({ desired, observed: observedFleet([blindNode('web-1', 'absent')]) }),
  );
  expect(actions.map(({ id, reason, dependsOn }) => ({ id, reason, dependsOn }))).toEqual([
    { id: 'node.create:web-1', reason: 'Missing', dependsOn: [] },
    { id: 'node.provision:web-1', reason: 'Missing', dependsOn: ['node.create:web-1'] },
    {
      id: 'environment.converge:acme-production',
      reason: 'Missing',
      dependsOn: ['node.create:web-1', 'node.provision:web-1'],
    },
  ]);
  expect(blocked).toEqual([]);
});

test('a node whose server was deleted is created again for that reason', () => {
  const recorded = recordedFleet([statusDocument(nodeRef('web-1'), { appliedDigest: digest('before') })]);
  const { actions } = plan(
    planInput({ desired, observed: observedFleet([blindNode('web-1', 'absent')]), recorded }),
  );
  expect(actions[0]).toMatchObject({ kind: 'node.create', reason: 'ServerMissing' });
});

test('a node that was never provisioned is provisioned without a restart', () => {
  const { actions } = plan(
    planInput({ desired, observed: observedFleet([observedNode('web-1', { state: 'unprovisioned' })]) }),
  );
  expect(actions[0]).toMatchObject({ id: 'node.provision:web-1', reason: 'Missing', risk: 'none' });
});

test('a node is not provisioned during its first boot', () => {
  const checks = [failing('not_provisioned'), failing('cloud_init_pending')];
  const { actions, blocked } = plan(
    planInput({
      desired,
      observed: observedFleet([observedNode('web-1', { state: 'unprovisioned', checks })]),
    }),
  );
  expect(actions).toEqual([]);
  expect(blocked.map((item) => item.reason)).toEqual(['NodeNotReady', 'NodeNotReady']);
});

test('a changed node manifest is applied, with the fields, their cause and a restart', () => {
  const before = provisioned(
    planInput({ desired, observed: observedFleet([]) }),
    observedNode('web-1'),
    node,
  );
  const changed = desiredFleet({ nodes: [hetznerNode('web-1', { phpVersions: ['8.2', '8.3'] })] });
  const { actions } = plan(planInput({ desired: changed, observed: observedFleet([before]) }));
  expect(actions).toHaveLength(1);
  expect(actions[0]).toMatchObject({
    id: 'node.provision:web-1',
    reason: 'SpecChanged',
    risk: 'restart',
    changes: [{ field: 'php_versions', before: ['8.2'], after: ['8.2', '8.3'] }],
    cause: { file: 'nodes/web-1.yaml', line: 10, column: 5 },
  });
});

test('new Ansible content is applied to a node although its manifest is the same', () => {
  const before = provisioned(
    planInput({ desired, observed: observedFleet([]) }),
    observedNode('web-1'),
    node,
  );
  const { actions } = plan({
    ...planInput({ desired: desiredFleet(), observed: observedFleet([before]) }),
    contentVersion: 'content-2',
  });
  expect(actions).toMatchObject([{ id: 'node.provision:web-1', reason: 'ContentChanged', changes: [] }]);
});

test.each([
  ['firewall_inactive', 'FirewallInactive'],
  ['nginx_config_invalid', 'NginxConfigInvalid'],
  ['service_inactive:nginx', 'ServiceInactive (nginx)'],
  ['service_inactive:pressluft-site-checks.timer', 'ServiceInactive (pressluft-site-checks.timer)'],
  ['mariadb_unreachable', 'MariadbUnreachable'],
])('a node with %s is repaired by provisioning it again', (code, words) => {
  const fleet = convergedFleet(desiredFleet());
  const seen = { ...only(fleet.nodes), state: 'not_ready', checks: [failing(code)] } as const;
  const { actions } = plan(planInput({ desired: desiredFleet(), observed: observedFleet([seen]) }));
  expect(actions).toMatchObject([
    { id: 'node.provision:web-1', reason: 'Drifted', message: `repair ${words}` },
  ]);
});

test('a configuration of nginx that is invalid because of one environment is put right by its converge, not by provisioning', () => {
  const fleet = convergedFleet(desired);
  const check = { ...failing('nginx_config_invalid'), environment: 'acme-production' as EnvironmentName };
  const seen = { ...only(fleet.nodes), state: 'not_ready', checks: [check] } as const;
  const { actions, blocked } = plan(planInput({ desired, observed: observedFleet([seen]) }));
  expect(actions).toMatchObject([
    {
      id: 'environment.converge:acme-production',
      reason: 'Drifted',
      dependsOn: [],
      changes: [{ field: 'service:nginx', before: 'rejects its configuration' }],
    },
  ]);
  expect(actions[0]?.message).toContain('service nginx rejects its configuration');
  expect(blocked).toEqual([]);
});

test('a configuration of an environment that has no manifest is left to provisioning', () => {
  const fleet = convergedFleet(desired);
  const check = { ...failing('nginx_config_invalid'), environment: 'old' as EnvironmentName };
  const seen = { ...only(fleet.nodes), state: 'not_ready', checks: [check] } as const;
  const { actions } = plan(planInput({ desired, observed: observedFleet([seen]) }));
  expect(actions).toMatchObject([{ id: 'node.provision:web-1' }]);
});

test.each([
  'mariadb_read_only',
  'disk_low',
  'apt_locked',
  'cloud_init_pending',
  'memory_low',
  'never_heard_of',
])('a node with %s is left alone, and so are its environments', (code) => {
  const fleet = convergedFleet(desired);
  const seen = { ...only(fleet.nodes), state: 'not_ready', checks: [failing(code)] } as const;
  const { actions, blocked } = plan(planInput({ desired, observed: observedFleet([seen]) }));
  expect(actions).toEqual([]);
  expect(blocked.map(({ resource, reason, node: on }) => [resource, reason, on])).toEqual([
    ['environment/acme-production', 'NodeNotReady', 'web-1'],
    ['node/web-1', 'NodeNotReady', 'web-1'],
  ]);
  expect(blocked.every((item) => item.nextStep !== '' && !item.needsPerson)).toBe(true);
});

test('a failing warning does not block a node', () => {
  const fleet = convergedFleet(desired);
  const seen = { ...only(fleet.nodes), checks: [failing('reboot_required', 'warning')] };
  expect(plan(planInput({ desired, observed: observedFleet([seen]) }))).toMatchObject({
    actions: [],
    blocked: [],
  });
});

test('an unreachable node blocks its own environments only', () => {
  const two = desiredFleet({
    nodes: [hetznerNode('web-1'), hetznerNode('web-2')],
    environments: [desiredEnvironment('one'), desiredEnvironment('two', { node: 'web-2' as NodeName })],
  });
  const web2 = provisioned(
    planInput({ desired: two, observed: observedFleet([]) }),
    observedNode('web-2'),
    hetznerNode('web-2'),
  );
  const observed = observedFleet([blindNode('web-1', 'unreachable', { reason: 'ServerOff' }), web2]);
  const { actions, blocked } = plan(planInput({ desired: two, observed }));
  expect(actions.map((action) => action.id)).toEqual(['environment.converge:two']);
  expect(blocked.map(({ resource, reason }) => [resource, reason])).toEqual([
    ['environment/one', 'NodeUnreachable'],
    ['node/web-1', 'ServerOff'],
  ]);
  expect(blocked[1]?.nextStep).toContain('Power the server on');
});

test('nothing is planned for a provider that did not answer', () => {
  const { actions, blocked } = plan(
    planInput({ desired, observed: observedFleet([blindNode('web-1', 'unknown')]) }),
  );
  expect(actions).toEqual([]);
  expect(blocked.map(({ resource, reason }) => [resource, reason])).toEqual([
    ['environment/acme-production', 'ProviderDegraded'],
    ['node/web-1', 'ProviderDegraded'],
  ]);
});

test('an unreachable static host is never created', () => {
  const withStatic = desiredFleet({ nodes: [staticNode('web-1')] });
  const { actions, blocked } = plan(
    planInput({ desired: withStatic, observed: observedFleet([blindNode('web-1', 'absent')]) }),
  );
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ resource: 'node/web-1', reason: 'NodeUnreachable' }]);
});

test('a server of this fleet without a manifest is deleted once it is empty', () => {
  const { actions } = plan(
    planInput({ desired: desiredFleet({ nodes: [] }), observed: observedFleet([observedNode('web-9')]) }),
  );
  expect(actions).toMatchObject([
    { id: 'node.delete:web-9', risk: 'data', undo: { byRevert: false }, reason: 'Removed' },
  ]);
  expect(actions[0]?.undo.lost).toContain('disk');
});

test('a server with a foreign identity is never touched', () => {
  const server = observedServer('web-9', { uid: 'somebodyelse2345' as never });
  const observed = observedFleet([observedNode('web-9', { server })]);
  expect(plan(planInput({ desired: desiredFleet({ nodes: [] }), observed }))).toMatchObject({
    actions: [],
    blocked: [],
  });
});

function only<T>(map: ReadonlyMap<unknown, T>): T {
  const [first] = map.values();
  if (first === undefined) throw new Error('empty');
  return first;
}

test('an operator can have everything applied again, the node before what is on it', () => {
  const input = planInput({ desired, observed: convergedFleet(desired) });
  const { actions } = plan({ ...input, force: true });
  expect(actions.map(({ id, reason, dependsOn }) => [id, reason, dependsOn])).toEqual([
    ['node.provision:web-1', 'Forced', []],
    ['environment.converge:acme-production', 'Forced', ['node.provision:web-1']],
  ]);
});

test('a field that an existing server cannot change is reported with its position, and blocks nothing else', () => {
  const desired = desiredFleet({ nodes: [hetznerNode('web-1', { serverType: 'cx33' })] });
  const { actions, blocked } = plan(planInput({ desired, observed: convergedFleet(desired) }));
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ resource: 'node/web-1', reason: 'ServerDiffers', needsPerson: true }]);
  expect(blocked[0]?.message).toContain('serverType is cx23, the manifest says cx33');
  const server = only(convergedFleet(desired).nodes).server;
  expect(blocked[0]?.nextStep).toBe(
    `Set spec.serverType back to cx23. Or change the type of server ${server?.id} (${server?.name}) to cx33 at the provider, while it is off.`,
  );
});

test('a location or an image that an existing server cannot get is another node', () => {
  const before = desiredFleet({ nodes: [hetznerNode('web-1')] });
  const after = desiredFleet({ nodes: [hetznerNode('web-1', { location: 'hel1', image: 'debian-13' })] });
  const { blocked } = plan(planInput({ desired: after, observed: convergedFleet(before) }));
  expect(blocked[0]?.nextStep).toMatch(
    /^Set spec\.location back to \w+, and spec\.image back to [\w-]+\. For another one, describe a new node/,
  );
});
