import type { SimRandom } from '../core/index.ts';
import {
  domains,
  type EnvironmentModel,
  environmentFile,
  environmentText,
  type FleetModel,
  memoryLimits,
  type NodeModel,
  newEnvironment,
  newNode,
  signingKey,
  sites,
  titles,
  wordpressVersions,
} from './fleet-model.ts';

/** One commit of a generated history: its message, and the resulting fleet. */
export interface CommitStep {
  readonly what: string;
  readonly fleet: FleetModel;
}

const environmentNames = ['shop-a', 'shop-b', 'shop-c', 'shop-d', 'shop-e'] as const;
const hetznerNodes = ['web-1', 'web-2'] as const;
export const staticNode = { name: 'metal-1', address: '192.0.2.9' } as const;

type Change = (random: SimRandom, fleet: FleetModel, past: readonly FleetModel[]) => CommitStep | null;

/** The fleet that a history begins with: a node or two, up to three environments. */
export function firstFleet(random: SimRandom, empty: FleetModel): FleetModel {
  let fleet = withNode(empty, 'web-1', newNode);
  if (random.chance(0.4)) fleet = addStatic(fleet);
  const names = environmentNames.slice(0, random.between(0, 3));
  for (const name of names) fleet = withEnvironment(fleet, name, anyEnvironment(random, fleet));
  if (random.chance(0.15)) fleet = { ...fleet, approvalFor: ['data'] };
  if (random.chance(0.15)) fleet = { ...fleet, signer: signingKey };
  fleet = { ...fleet, deletionsAllowed: random.pick([3, 3, 1, 0]) };
  return fleet;
}

/** A change that a person commits; null when it does not apply here. */
export function nextCommit(
  random: SimRandom,
  fleet: FleetModel,
  past: readonly FleetModel[],
): CommitStep | null {
  // Visible mistakes are corrected soon; otherwise they would dominate the rest of the history.
  const next = fleet.broken.size > 0 && random.chance(0.4) ? repair : random.pick(changes);
  return next(random, fleet, past);
}

/** The end of every history: nothing broken, suspended or blocked, so that everything can become Ready. */
export function settled(fleet: FleetModel): FleetModel {
  const nodes = new Map([...fleet.nodes].map(([name, node]) => [name, { ...node, suspended: false }]));
  // Domains of their own: nobody can tell to whom a contested one belongs, and an exchange takes two commits.
  const environments = new Map(
    [...fleet.environments].map(([name, environment]) => [
      name,
      { ...environment, domain: environment.domain === null ? null : `${name}.own.example` },
    ]),
  );
  return {
    ...fleet,
    nodes,
    environments,
    broken: new Map(),
    deletionsAllowed: 50,
    approvalFor: [],
    trespass: fleet.trespass.filter((kind) => kind === 'same'),
  };
}

const addEnvironment: Change = (random, fleet) => {
  const free = environmentNames.filter((name) => !fleet.environments.has(name));
  if (free.length === 0) return null;
  const name = random.pick(free);
  return {
    what: `add ${name}`,
    fleet: withEnvironment(fleet, name, anyEnvironment(random, fleet)),
  };
};

const change =
  (words: string, edit: (random: SimRandom, before: EnvironmentModel) => Partial<EnvironmentModel>): Change =>
  (random, fleet) => {
    const [name, before] = anyOf(random, fleet.environments) ?? [];
    if (name === undefined || before === undefined) return null;
    return {
      what: `${words} ${name}`,
      fleet: withEnvironment(fleet, name, { ...before, ...edit(random, before) }),
    };
  };

const removeEnvironment: Change = (random, fleet) => {
  const [name] = anyOf(random, fleet.environments) ?? [];
  return name === undefined ? null : { what: `remove ${name}`, fleet: without(fleet, name) };
};

const removeMany: Change = (random, fleet) => {
  const names = [...fleet.environments.keys()].filter(() => random.chance(0.7));
  if (names.length < 2) return null;
  return { what: `remove ${names.join(', ')}`, fleet: names.reduce(without, fleet) };
};

const rename: Change = (random, fleet) => {
  const [name, before] = anyOf(random, fleet.environments) ?? [];
  const free = environmentNames.filter((other) => !fleet.environments.has(other));
  if (name === undefined || before === undefined || free.length === 0) return null;
  const to = random.pick(free);
  return { what: `rename ${name} to ${to}`, fleet: withEnvironment(without(fleet, name), to, before) };
};

const move: Change = (random, fleet) => {
  const [name, before] = anyOf(random, fleet.environments) ?? [];
  const others = [...fleet.nodes.keys()].filter((node) => node !== before?.node);
  if (name === undefined || before === undefined || others.length === 0) return null;
  const node = random.pick(others);
  return { what: `move ${name} to ${node}`, fleet: withEnvironment(fleet, name, { ...before, node }) };
};

const addNode: Change = (random, fleet) => {
  const free = hetznerNodes.filter((name) => !fleet.nodes.has(name));
  if (free.length === 0)
    return fleet.nodes.has(staticNode.name) ? null : step('add metal-1', addStatic(fleet));
  const name = random.pick(free);
  return step(`add ${name}`, withNode(fleet, name, newNode));
};

const removeNode: Change = (random, fleet) => {
  const [name] = anyOf(random, fleet.nodes) ?? [];
  if (name === undefined || fleet.nodes.size === 1) return null;
  const nodes = new Map([...fleet.nodes].filter(([other]) => other !== name));
  const environments = new Map([...fleet.environments].filter(([, { node }]) => node !== name));
  return step(`remove ${name} and what is on it`, { ...fleet, nodes, environments });
};

const suspend: Change = (random, fleet) => {
  const [name, node] = anyOf(random, fleet.nodes) ?? [];
  if (name === undefined || node === undefined) return null;
  const to = { ...node, suspended: !node.suspended };
  return step(`${to.suspended ? 'suspend' : 'resume'} ${name}`, withNode(fleet, name, to));
};

const tuneNode: Change = (random, fleet) => {
  const [name, node] = anyOf(random, fleet.nodes) ?? [];
  if (name === undefined || node === undefined) return null;
  return step(`swap of ${name}`, withNode(fleet, name, { ...node, swapMib: random.pick([512, 1024, 2048]) }));
};

const revert: Change = (random, _fleet, past) =>
  past.length === 0 ? null : step('revert', random.pick(past.slice(-4)));

const breakFile: Change = (random, fleet) => {
  const [name] = anyOf(random, fleet.environments) ?? [];
  const path = name === undefined || random.chance(0.3) ? 'pressluft.yaml' : environmentFile(name);
  const nonsense = random.pick([
    'spec: [',
    'kind: Environment\n',
    '\u0000',
    'a: &a [*a, *a]\n',
    '',
    '# kind: Environment\n',
    '<<<<<<< HEAD\n',
    'version https://git-lfs.github.com/spec/v1\n',
  ]);
  return step(`break ${path}`, { ...fleet, broken: new Map([...fleet.broken, [path, nonsense]]) });
};

/** A manifest that claims the preview host of another environment. */
const steal: Change = (random, fleet) => {
  const [name, environment] = anyOf(random, fleet.environments) ?? [];
  const others = environmentNames.filter((other) => other !== name);
  if (name === undefined || environment === undefined) return null;
  const domain = `${random.pick(others)}.${staticNode.address.replaceAll('.', '-')}.sslip.io`;
  const text = environmentText(name, { ...environment, domain });
  return step(`${name} claims ${domain}`, {
    ...fleet,
    broken: new Map([...fleet.broken, [environmentFile(name), text]]),
  });
};

const repair: Change = (_random, fleet) =>
  fleet.broken.size === 0 ? null : step('repair what is broken', { ...fleet, broken: new Map() });

const budget: Change = (random, fleet) =>
  step('change the deletion budget', { ...fleet, deletionsAllowed: random.pick([0, 1, 3, 20]) });

/** A site owner describes what is not theirs, or takes it back. */
const trespass: Change = (random, fleet) => {
  const next = random.pick([[], ['new'], ['same'], ['new', 'same']] as const);
  return step(`trespass: ${next.join(' and ') || 'none'}`, { ...fleet, trespass: next });
};

const changes: readonly Change[] = [
  addEnvironment,
  addEnvironment,
  addEnvironment,
  change('memory of', (random) => ({ memoryLimit: random.pick(memoryLimits) })),
  change('title of', (random) => ({ title: random.pick(titles) })),
  change('plugin of', (_random, { plugin }) => ({ plugin: !plugin })),
  change('upgrade', (random) => ({ wordpress: random.pick(wordpressVersions) })),
  change('stop or start', (_random, { stopped }) => ({ stopped: !stopped })),
  change('deletion policy of', (random) => ({ deletionPolicy: random.pick(['retain', 'delete']) })),
  change('domain of', (random) => ({ domain: random.pick([null, ...domains, ...domains]) })),
  change('domain of', (random) => ({ domain: random.pick([null, ...domains, ...domains]) })),
  change('site of', (random) => ({ site: random.pick(sites) })),
  change('protect or release', (_random, before) => ({ protected: !before.protected })),
  removeEnvironment,
  removeEnvironment,
  removeMany,
  rename,
  move,
  addNode,
  removeNode,
  suspend,
  tuneNode,
  revert,
  revert,
  breakFile,
  steal,
  repair,
  budget,
  trespass,
];

function step(what: string, fleet: FleetModel): CommitStep {
  return { what, fleet };
}

function anyEnvironment(random: SimRandom, fleet: FleetModel): EnvironmentModel {
  return {
    ...newEnvironment(random.pick([...fleet.nodes.keys()])),
    title: random.pick(titles),
    wordpress: random.pick(wordpressVersions),
    memoryLimit: random.pick(memoryLimits),
    plugin: random.chance(0.5),
    deletionPolicy: random.chance(0.6) ? 'delete' : 'retain',
    passwordHash: random.chance(0.3) ? secretHash : null,
    domain: random.chance(0.3) ? random.pick(domains) : null,
  };
}

/** A canary: what a manifest calls a secret must not be in any record. */
export const secretHash = '$2y$10$CanaryCanaryCanaryCanaryCanaryCanaryCanaryCanaryCanar';

function anyOf<T>(random: SimRandom, items: ReadonlyMap<string, T>): readonly [string, T] | null {
  return items.size === 0 ? null : random.pick([...items]);
}

function withNode(fleet: FleetModel, name: string, node: NodeModel): FleetModel {
  return { ...fleet, nodes: new Map([...fleet.nodes, [name, node]]) };
}

function addStatic(fleet: FleetModel): FleetModel {
  return withNode(fleet, staticNode.name, { ...newNode, kind: 'static', address: staticNode.address });
}

function withEnvironment(fleet: FleetModel, name: string, environment: EnvironmentModel): FleetModel {
  return { ...fleet, environments: new Map([...fleet.environments, [name, environment]]) };
}

function without(fleet: FleetModel, name: string): FleetModel {
  return {
    ...fleet,
    environments: new Map([...fleet.environments].filter(([other]) => other !== name)),
  };
}
