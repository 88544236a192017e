/** A fleet of a generated history, small enough to be checked by code that is independent of Pressluft. */
export interface FleetModel {
  readonly nodes: ReadonlyMap<string, NodeModel>;
  readonly environments: ReadonlyMap<string, EnvironmentModel>;
  readonly deletionsAllowed: number;
  readonly approvalFor: readonly string[];
  /** Key of the signer of commits; null: signatures are not checked. */
  readonly signer: string | null;
  /** Raw text that replaces a file: a mistake in a commit. */
  readonly broken: ReadonlyMap<string, string>;
  /** Nodes and environments that a site owner describes in a file of their own site; those of others must have no effect. */
  readonly trespass: readonly Trespass[];
}

/** `new`: a resource that nobody else describes. `same`: each that the fleet owner describes, otherwise. */
export type Trespass = 'new' | 'same';

export interface NodeModel {
  readonly kind: 'hetzner' | 'static';
  readonly address: string | null;
  readonly suspended: boolean;
  readonly swapMib: number;
}

export interface EnvironmentModel {
  readonly node: string;
  /** As a constant of WordPress: text that must arrive unchanged. */
  readonly title: string;
  readonly wordpress: string;
  readonly memoryLimit: string;
  /** Whether it has a plugin, which is active. */
  readonly plugin: boolean;
  readonly stopped: boolean;
  readonly deletionPolicy: 'retain' | 'delete';
  readonly protected: boolean;
  readonly passwordHash: string | null;
  /** Its primary domain; several may claim the same one. */
  readonly domain: string | null;
  readonly site: (typeof sites)[number];
}

export const fleetName = 'sim';
export const providerEndpoint = 'https://api.sim.example/v1';
export const wordpressVersions = ['7.0', '7.1.1'] as const;
export const titles = ['Bakery', 'Corner shop', 'Café', 'Club'] as const;
/** Domains that people give to one environment and another. */
export const domains = ['bakery.example', 'cafe.example'] as const;
export const sites = ['shop', 'club'] as const;
export const memoryLimits = ['128M', '256M', '384M'] as const;

export const emptyFleet: FleetModel = {
  nodes: new Map(),
  environments: new Map(),
  deletionsAllowed: 3,
  approvalFor: [],
  signer: null,
  broken: new Map(),
  trespass: [],
};

export const newEnvironment = (node: string): EnvironmentModel => ({
  node,
  title: titles[0],
  wordpress: wordpressVersions[0],
  memoryLimit: memoryLimits[0],
  plugin: false,
  stopped: false,
  deletionPolicy: 'retain',
  protected: false,
  passwordHash: null,
  domain: null,
  site: 'shop',
});

export const newNode: NodeModel = { kind: 'hetzner', address: null, suspended: false, swapMib: 1024 };

export const nodeFile = (name: string) => `nodes/${name}.yaml`;
export const environmentFile = (name: string) => `environments/${name}.yaml`;

/** The files of a commit, by path. */
export function manifestsOf(
  fleet: FleetModel,
  hostKeyOf: (address: string) => string,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['pressluft.yaml', configText(fleet)],
    [
      'provider.yaml',
      text('Provider', 'cloud', [
        'type: hetzner',
        'token: { env: HCLOUD_TOKEN }',
        'location: fsn1',
        `endpoint: ${providerEndpoint}`,
      ]),
    ],
    ['hosts.yaml', text('Provider', 'hosts', ['type: static'])],
    ...sites.map((name) => [`site-${name}.yaml`, siteText(name)] as const),
  ]);
  for (const [name, node] of fleet.nodes) files.set(nodeFile(name), nodeText(name, node, hostKeyOf));
  for (const [name, environment] of fleet.environments)
    files.set(environmentFile(name), environmentText(name, environment));
  for (const kind of fleet.trespass) files.set(`sites/mallory/${kind}.yaml`, trespassText(fleet, kind));
  for (const [path, broken] of fleet.broken) files.set(path, broken);
  return files;
}

function siteText(name: string): string {
  return text('Site', name, ['title: Shop', 'adminEmail: owner@shop.example']);
}

/** Documents that would order a server, move a site, or delete one if they counted. */
function trespassText({ nodes, environments }: FleetModel, kind: Trespass): string {
  const evilNode = { ...newNode, swapMib: 256 };
  const evilSite = (node: string) => ({
    ...newEnvironment(node),
    title: 'Taken over',
    deletionPolicy: 'delete' as const,
  });
  const first = [...nodes.keys()][0] ?? 'web-1';
  const documents =
    kind === 'new'
      ? [nodeText('mallory', evilNode, () => ''), environmentText('mallory', evilSite(first))]
      : [
          ...[...nodes.keys()].map((name) => nodeText(name, evilNode, () => '')),
          ...[...environments.keys()].map((name) => environmentText(name, evilSite(first))),
        ];
  return documents.join('---\n');
}

const sum = (digit: string) => `"${digit.repeat(64)}"`;

export const signingKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g';

function configText({ deletionsAllowed, approvalFor, signer }: FleetModel): string {
  return text('Pressluft', fleetName, [
    'interval: 300s',
    `deletionBudget: { maxCount: ${deletionsAllowed}, maxPercent: 100 }`,
    ...(approvalFor.length === 0 ? [] : [`approvals: { risks: [${approvalFor.join(', ')}] }`]),
    ...(signer === null ? [] : [`allowedSigners: [{ principal: ada@example.org, key: "${signer}" }]`]),
    'ownership:',
    '  - { paths: ["nodes/**", "environments/**", "*.yaml"], level: fleet }',
    '  - { paths: ["sites/{site}/**"] }',
    'artifacts:',
    `  wordpress: { ${wordpressVersions.map((version, at) => `"${version}": ${sum(String(at))}`).join(', ')} }`,
    `  wpCli: { "2.12.0": ${sum('c')} }`,
    `  plugins: { site-kit: { "1.0": ${sum('d')} } }`,
    `  themes: { shopfront: { "1.0": ${sum('e')} } }`,
  ]);
}

function nodeText(name: string, node: NodeModel, hostKeyOf: (address: string) => string): string {
  const where =
    node.kind === 'hetzner'
      ? ['provider: cloud', 'serverType: cx23']
      : [
          'provider: hosts',
          `address: ${node.address ?? ''}`,
          'user: root',
          `hostKey: "${hostKeyOf(node.address ?? '')}"`,
        ];
  return text('Node', name, [
    ...where,
    `swap: ${node.swapMib}MiB`,
    ...(node.suspended ? ['state: suspended'] : []),
  ]);
}

/** The manifest of an environment, as a person writes it. */
export function environmentText(name: string, environment: EnvironmentModel): string {
  const { node, title, wordpress, memoryLimit, passwordHash } = environment;
  const plugin = environment.plugin ? ', plugins: { site-kit: "1.0" }' : '';
  const theme = themeOf(name) === null ? '' : ', themes: { shopfront: "1.0" }, activeTheme: shopfront';
  return text('Environment', name, [
    `site: ${environment.site}`,
    `node: ${node}`,
    'type: development',
    `wordpress: { version: "${wordpress}", constants: { SHOP_TITLE: "${title}" }${plugin}${theme} }`,
    `php: { version: "8.2", memoryLimit: ${memoryLimit} }`,
    `deletionPolicy: ${environment.deletionPolicy}`,
    ...(environment.protected ? ['protected: true'] : []),
    ...(environment.stopped ? ['state: stopped'] : []),
    ...(environment.domain === null ? [] : [`domains: { primary: ${environment.domain} }`]),
    ...(passwordHash === null
      ? []
      : [`access: { basicAuth: { user: review, passwordHash: "${passwordHash}" } }`]),
  ]);
}

/** By its name, because a theme that a site uses cannot leave its manifest. */
export function themeOf(environment: string): string | null {
  return ['shop-a', 'shop-c', 'shop-e'].includes(environment) ? 'shopfront' : null;
}

function text(kind: string, name: string, spec: readonly string[]): string {
  const lines = spec.map((line) => `  ${line}\n`).join('');
  return `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n${lines}`;
}
