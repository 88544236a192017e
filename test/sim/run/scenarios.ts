import type { Fault } from '../core/index.ts';
import { staticNode } from '../workload/commits.ts';
import type { EventKind, WorldEvent } from '../workload/events.ts';
import {
  domains,
  emptyFleet,
  environmentFile,
  environmentText,
  type FleetModel,
  newEnvironment,
  newNode,
  signingKey,
} from '../workload/fleet-model.ts';
import type { Scenario } from './exhaustive.ts';
import { fault, withEnvironment, without } from './history.ts';

type Step = FleetModel | EventKind;

/** Histories that together call every port from every place; each is run once for each crash point of the daemon. */
export function scenarios(): readonly Scenario[] {
  const bare = { ...emptyFleet, nodes: new Map([['web-1', newNode]]) };
  const one = withEnvironment(bare, 'shop-a', {});
  const metal = {
    ...emptyFleet,
    nodes: new Map([[staticNode.name, { ...newNode, kind: 'static' as const, address: staticNode.address }]]),
  };
  const shop = withEnvironment(metal, 'shop-a', { node: staticNode.name });
  const both = { ...one, nodes: new Map([...one.nodes, ...metal.nodes]) };
  const full = withEnvironment(withEnvironment(both, 'shop-b', { node: staticNode.name }), 'shop-c', {
    node: staticNode.name,
    deletionPolicy: 'delete',
  });
  return [
    scenario('create', 'a server is ordered, provisioned, and gets its first site', 1, one, []),
    scenario('change', 'versions, settings and states of a site change', 2, shop, [
      withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M', wordpress: '7.1.1' }),
      withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M', stopped: true }),
      shop,
    ]),
    scenario('remove', 'sites are deleted, kept and brought back', 3, full, [
      without(without(full, 'shop-b'), 'shop-c'),
      full,
    ]),
    scenario(
      'remove-node',
      'a server goes with what is on it',
      4,
      withEnvironment(both, 'shop-a', { deletionPolicy: 'delete' }),
      [{ ...metal }, withEnvironment(both, 'shop-a', {})],
    ),
    scenario('drift', 'services stop and files change behind our back', 5, shop, [
      'drift',
      'drift',
      'reboot-machine',
    ]),
    scenario(
      'broken-create',
      'creations fail in every way',
      6,
      one,
      [],
      [
        fault('hetzner.POST /servers', 0, 'action-error-after'),
        fault('hetzner.POST /servers', 1, 'action-error-before'),
        fault('hetzner.POST /servers', 2, 'lost-reply'),
        fault('hetzner.POST /ssh_keys', 0, 'lost-reply'),
        fault('hetzner.POST /firewalls', 0, 'lost-reply'),
        fault('machines.run', 0, 'unreachable'),
      ],
    ),
    switchedOff(one),
    unwanted(one, metal),
    scenario(
      'slow',
      'a provider that does not answer is waited for, and not for ever',
      10,
      one,
      [withEnvironment(one, 'shop-a', { memoryLimit: '384M' })],
      [
        ...[1, 2, 3, 4, 5, 6, 7].map((nth) => fault('hetzner.GET /servers', nth, 'timeout')),
        fault('hetzner.GET /server_types', 0, 'timeout'),
      ],
    ),
    scenario(
      'given-up',
      'what fails is removed, and a run that a full disk cut off is closed',
      11,
      withEnvironment(shop, 'shop-b', { node: staticNode.name }),
      [shop],
      [
        fault('ansible.run', 1, 'failed-environment'),
        fault('ansible.run', 2, 'failed-environment'),
        fault('store.finishRun', 0, 'disk-full'),
      ],
    ),
    signed(shop),
    watched(shop),
    scenario(
      'lost-store',
      'the store is lost, and everything is learnt again from records, nodes and provider',
      15,
      { ...full, signer: signingKey },
      ['lose-store', { ...full, environments: new Map([...full.environments].slice(1)), signer: signingKey }],
    ),
    adopted(one),
    names(shop),
    scenario(
      'console',
      'people change a firewall and take the labels off a server at the provider',
      21,
      one,
      ['change-firewall', 'relabel-server'],
    ),
    scenario(
      'rough',
      'playbooks, fetches and pushes fail',
      8,
      shop,
      [
        withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M' }),
        withEnvironment(shop, 'shop-b', { node: staticNode.name }),
      ],
      [
        fault('ansible.run', 0, 'unreachable'),
        fault('ansible.run', 2, 'failed-environment'),
        fault('ansible.run', 3, 'failed-environment'),
        fault('git.fetch', 0, 'unreachable'),
        fault('git.fetch', 9, 'unreachable'),
        fault('git.push', 0, 'overtaken'),
        fault('git.push', 1, 'lost-reply'),
        fault('git.push', 2, 'unreachable'),
        fault('store.addRunStep', 2, 'disk-full'),
      ],
    ),
  ];
}

/** A domain is claimed twice, moves in one commit, and a preview host of an environment to come is claimed, and data get another site. */
function names(fleet: FleetModel): Scenario {
  const node = staticNode.name;
  const having = (a: string | null, b: string | null) =>
    withEnvironment(withEnvironment(fleet, 'shop-a', { node, domain: a }), 'shop-b', { node, domain: b });
  const [bakery, cafe] = domains;
  const preview = `shop-e.${staticNode.address.replaceAll('.', '-')}.sslip.io`;
  const thief = environmentText('shop-b', { ...newEnvironment(node), domain: preview });
  return scenario(
    'names',
    'domains, a preview host and data of others are claimed',
    17,
    withEnvironment(fleet, 'shop-a', { node, domain: bakery }),
    [
      having(bakery, bakery),
      having(null, bakery),
      having(cafe, cafe),
      { ...having(cafe, null), broken: new Map([[environmentFile('shop-b'), thief]]) },
      withEnvironment(having(cafe, null), 'shop-a', { node, domain: cafe, site: 'club' }),
    ],
  );
}

/** The node of a server is removed before the server is created. */
function unwanted(first: FleetModel, after: FleetModel): Scenario {
  return {
    name: 'unwanted',
    about: 'a server is not to be had, until nobody wants it any more',
    faults: [],
    input: {
      seed: 12,
      first,
      safetyMs: 100 * 60_000,
      events: [
        { nth: 0, atMs: 0, lastsMs: 80 * 60_000, kind: 'sold-out' },
        {
          nth: 1,
          atMs: 3 * 60_000,
          lastsMs: 0,
          kind: 'commit',
          commit: { what: 'another host', fleet: after },
        },
      ],
    },
  };
}

/** Commits are applied because an allowed signer signed them. */
function signed(shop: FleetModel): Scenario {
  const first = { ...shop, signer: signingKey };
  return scenario('signed', 'commits count because of who signed them', 13, first, [
    {
      ...withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M' }),
      signer: signingKey,
    },
    shop,
  ]);
}

/** The repository is a folder of the host, which notifies about changes. */
function watched(shop: FleetModel): Scenario {
  const { input, ...rest } = scenario('watched', 'a repository on the same host is watched', 14, shop, [
    withEnvironment(shop, 'shop-a', { node: staticNode.name, memoryLimit: '384M' }),
  ]);
  return { ...rest, input: { ...input, localRemote: true } };
}

/** A list omits the server of an existing node: it is adopted, and failures during the adoption must not harm it. */
function adopted(first: FleetModel): Scenario {
  const change = (nth: number, atMs: number, memoryLimit: string) => ({
    nth,
    atMs,
    lastsMs: 0,
    kind: 'commit' as const,
    commit: { what: `memory ${memoryLimit}`, fleet: withEnvironment(first, 'shop-a', { memoryLimit }) },
  });
  return {
    name: 'adopted',
    about: 'a server that a list leaves out is adopted, with errors on the way',
    faults: [
      ...[2, 3, 4, 5, 6, 7].map((nth) => fault('hetzner.GET /servers', nth, 'list-omits')),
      // Nothing is recorded; otherwise it would be looked up by its id.
      ...[0, 1, 2, 3, 4, 5, 6].map((nth) => fault('git.push', nth, 'unreachable')),
      fault('hetzner.GET /servers/{id}', 2, 'malformed'),
      fault('hetzner.GET /servers/{id}', 3, 'malformed'),
    ],
    input: {
      seed: 9,
      first,
      safetyMs: 20 * 60_000,
      events: [
        { nth: 2, atMs: 4 * 60_000, lastsMs: 0, kind: 'forget-servers' },
        change(0, 6 * 60_000, '256M'),
        change(1, 12 * 60_000, '384M'),
      ],
    },
  };
}

/** Its creation fails at the first login; before the retry, a person switches the server off. */
function switchedOff(first: FleetModel): Scenario {
  return {
    name: 'switched-off',
    about: 'a server that an earlier attempt made is found switched off',
    faults: [fault('machines.waitUntilReachable', 0, 'unreachable')],
    input: {
      seed: 7,
      first,
      safetyMs: 20 * 60_000,
      events: [{ nth: 0, atMs: 60_000, lastsMs: 3_600_000, kind: 'power-off-server' }],
    },
  };
}

function scenario(
  name: string,
  about: string,
  seed: number,
  first: FleetModel,
  steps: readonly Step[],
  faults: readonly Fault[] = [],
): Scenario {
  const events = steps.map(
    (step, nth): WorldEvent =>
      typeof step === 'string'
        ? { nth, atMs: 0, lastsMs: 0, kind: step }
        : { nth, atMs: 0, lastsMs: 0, kind: 'commit', commit: { what: `step ${nth}`, fleet: step } },
  );
  return { name, about, faults, input: { seed, first, events, safetyMs: 0, oneByOne: true } };
}
