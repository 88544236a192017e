import { commitAt, eventAt, fault, kill, withEnvironment, without } from '../run/history.ts';
import { staticNode } from '../workload/commits.ts';
import { emptyFleet, environmentFile, type FleetModel, newNode } from '../workload/fleet-model.ts';
import { outside } from './outside.ts';
import { type Regression, regression } from './regression.ts';

const minuteMs = 60_000;
const metal: FleetModel = {
  ...emptyFleet,
  nodes: new Map([[staticNode.name, { ...newNode, kind: 'static', address: staticNode.address }]]),
};
const cloud: FleetModel = { ...emptyFleet, nodes: new Map([['web-1', newNode]]) };
const both: FleetModel = { ...emptyFleet, nodes: new Map([...cloud.nodes, ...metal.nodes]) };
const three = ['shop-a', 'shop-b', 'shop-c'].reduce((fleet, name) => withEnvironment(fleet, name, {}), cloud);
const four = withEnvironment(three, 'shop-e', {});
const shop = withEnvironment(metal, 'shop-a', { node: staticNode.name, deletionPolicy: 'delete' });

export const regressions: readonly Regression[] = [
  regression({
    name: 'lose-finished-runs',
    found: 'a kill between the two writes that end a run left a run that was never recorded',
    first: shop,
    events: [
      commitAt(
        0,
        5 * minuteMs,
        'more memory',
        withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M' }),
      ),
    ],
    faults: [kill('after', 'store.finishRun', 0), kill('before', 'store.finishRun', 2)],
  }),
  regression({
    name: 'leave-broken-runs-open',
    found: 'a run that a full disk cut off stayed open until the next restart',
    first: shop,
    events: [],
    faults: [fault('store.finishRun', 0, 'disk-full')],
  }),
  regression({
    name: 'keep-unwanted-intents',
    found: 'the intent to create a server stayed forever when its node was removed before the creation',
    first: cloud,
    events: [eventAt(0, 0, 'sold-out', 11 * minuteMs), commitAt(1, 3 * minuteMs, 'another host', metal)],
    safetyMs: 90 * minuteMs,
  }),
  regression({
    name: 'damaged-counts-as-removed',
    found: 'a file that a merge left without a manifest counted as removed, and its site was deleted',
    first: shop,
    events: [
      commitAt(0, 5 * minuteMs, 'a careless merge', {
        ...shop,
        broken: new Map([[environmentFile('shop-a'), '# kind: Environment\n']]),
      }),
    ],
  }),
  regression({
    name: 'create-again-while-unreachable',
    found:
      'a site whose manifest named another node was created there again, empty, while its own node was unreachable',
    first: withEnvironment(both, 'shop-a', {}),
    events: [
      eventAt(0, 6 * minuteMs, 'power-off-server', 11 * minuteMs),
      commitAt(1, 7 * minuteMs, 'move', withEnvironment(both, 'shop-a', { node: staticNode.name })),
    ],
  }),
  regression({
    name: 'ignore-claims',
    found: 'the parts of an interrupted create were never found again after the manifest named another node',
    first: both,
    events: [
      commitAt(0, 4 * minuteMs, 'add', withEnvironment(both, 'shop-a', { node: staticNode.name })),
      commitAt(1, 12 * minuteMs, 'move', withEnvironment(both, 'shop-a', {})),
    ],
    faults: [fault('ansible.run', 2, 'failed-environment')],
  }),
  regression({
    name: 'forget-interrupted-creates',
    found:
      'an interrupted create without a record was created again on another node while its own was unreachable',
    first: both,
    events: [
      commitAt(0, 5 * minuteMs, 'add', withEnvironment(both, 'shop-a', { node: staticNode.name })),
      { ...eventAt(1, 6 * minuteMs, 'cut-network', 11 * minuteMs), host: staticNode.address },
      commitAt(2, 7 * minuteMs, 'move', withEnvironment(both, 'shop-a', {})),
    ],
    faults: [1, 2, 3, 4, 5, 6].map((nth) => fault('git.push', nth, 'unreachable')),
  }),
  regression({
    name: 'leave-the-copy',
    found:
      'a second controller created a site whose creation on another node it could not know of; the copy there is taken out of service and keeps its data, and counted as a site that lives elsewhere',
    first: both,
    seed: 2,
    events: [
      commitAt(0, 5 * minuteMs, 'add', withEnvironment(both, 'shop-c', { node: staticNode.name })),
      { ...eventAt(1, 6 * minuteMs, 'cut-network', 11 * minuteMs), host: staticNode.address },
      eventAt(2, 6.5 * minuteMs, 'second-controller', 11 * minuteMs),
      commitAt(3, 7 * minuteMs, 'move', withEnvironment(both, 'shop-c', {})),
    ],
    faults: [
      fault('ansible.run', 2, 'failed-environment'),
      ...[1, 2, 3, 4, 5, 6].map((nth) => fault('git.push', nth, 'unreachable')),
    ],
  }),
  regression({
    name: 'trust-one-list',
    found:
      'a list that omitted a server once deleted its records, and then the server with its retained sites',
    first: withEnvironment(both, 'shop-a', {}),
    events: [
      commitAt(0, 5 * minuteMs, 'remove', metal),
      eventAt(1, 7 * minuteMs, 'power-off-server', 60 * minuteMs),
    ],
    // Every other pass, independent of the order that the seed chooses.
    faults: [5, 7, 9, 11, 13, 15, 17, 19].map((nth) => fault('hetzner.GET /servers', nth, 'list-omits')),
    safetyMs: 50 * minuteMs,
  }),
  regression({
    name: 'keep-the-key-of-a-dead-server',
    found: 'a controller with an old store never trusted a server that another one had created since',
    first: cloud,
    events: [
      eventAt(0, 10 * minuteMs, 'second-controller', 11 * minuteMs),
      eventAt(1, 14 * minuteMs, 'delete-server'),
    ],
    unattended: true,
  }),
  regression({
    name: 'work-on-the-suspended',
    found: 'a site on a suspended node was changed',
    first: shop,
    events: [
      commitAt(0, 7 * minuteMs, 'suspend, and more memory', {
        ...withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M' }),
        nodes: new Map([...metal.nodes].map(([name, node]) => [name, { ...node, suspended: true }])),
      }),
    ],
  }),
  regression({
    name: 'no-protection',
    found: 'a commit that removed the manifest of a protected site deleted the site',
    first: withEnvironment(shop, 'shop-a', {
      node: staticNode.name,
      deletionPolicy: 'delete',
      protected: true,
    }),
    events: [commitAt(0, 7 * minuteMs, 'remove', metal)],
  }),
  regression({
    name: 'no-budget',
    found: 'a commit that removed more sites than its budget allows took all of them out of service',
    first: four,
    events: [commitAt(0, 7 * minuteMs, 'remove all sites', cloud)],
  }),
  regression({
    name: 'never-stall',
    found: 'a site whose change fails each time was tried again for ever',
    first: shop,
    events: [],
    faults: [1, 2, 3, 4, 5, 6].map((nth) => fault('ansible.run', nth, 'failed-environment')),
    safetyMs: 90 * minuteMs,
  }),
  regression({
    name: 'silence-is-success',
    found:
      'a site that the result of its run does not mention counted as done, although nothing of it was made',
    first: three,
    events: [],
    faults: [1, 2, 3].map((nth) => fault('ansible.run', nth, 'silent-environment')),
  }),
  regression({
    name: 'keep-old-failures',
    found:
      'a node completed a run that the controller had given up, while the next attempt waited for it and failed; the simulator took the end of that pass for the end of all work, although the next one forgets the failure',
    first: three,
    seed: 3,
    events: [commitAt(0, 51_000, 'add', four), commitAt(1, 7 * minuteMs, 'remove', without(four, 'shop-e'))],
    faults: [fault('hetzner.GET /servers', 0, 'rate-limited'), fault('ansible.run', 1, 'hang')],
  }),
  ...outside,
];
