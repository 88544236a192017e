/** Path and text of every file of a generated fleet. */
export type FleetFiles = ReadonlyMap<string, string>;

/**
 * A fleet with exactly this number of documents, about two in a file: sites with two to four environments each, three nodes for every
 * hundred sites. The same number always gives the same fleet.
 */
export function scaleFleet(documents: number): FleetFiles {
  const files = new Map<string, string>([
    ['pressluft.yaml', config],
    ['providers/hetzner.yaml', provider],
  ]);
  const sites = siteSizes(documents - 2);
  const nodes = nodesFor(sites.length);
  for (let index = 0; index < nodes; index++) files.set(`nodes/${nodeName(index)}.yaml`, node(index));
  for (const [index, environments] of sites.entries()) {
    const slug = siteName(index);
    const on = nodeName(index % nodes);
    const [first = [], second = []] = [environments.slice(0, 1), environments.slice(1)];
    files.set(
      `sites/${slug}/site.yaml`,
      [site(slug, index), ...first.map((type) => environment(slug, type, on, index))].join('---\n'),
    );
    if (second.length > 0) {
      const more = second.map((type) => environment(slug, type, on, index));
      files.set(`sites/${slug}/staging.yaml`, more.join('---\n'));
    }
  }
  return files;
}

/** The types of the environments of each site, so that sites, environments and nodes add up to the given number of documents. */
function siteSizes(documents: number): (readonly string[])[] {
  const sites: (readonly string[])[] = [];
  let left = documents;
  while (left > nodesFor(sites.length)) {
    const room = left - nodesFor(sites.length + 1);
    if (room < 1) break;
    const wanted = 2 + (sites.length % 3);
    const types = allTypes.slice(0, Math.min(wanted, Math.max(0, room - 1)));
    sites.push(types);
    left -= 1 + types.length;
  }
  return sites;
}

const allTypes = ['production', 'staging', 'development', 'preview'];

function nodesFor(sites: number): number {
  return Math.max(1, Math.ceil((sites * 3) / 100));
}

function nodeName(index: number): string {
  return `web-${index + 1}`;
}

function siteName(index: number): string {
  return `customer-${String(index + 1).padStart(5, '0')}`;
}

const modeline = (kind: string) =>
  `# yaml-language-server: $schema=../../schemas/${kind}.schema.json\napiVersion: pressluft.dev/v1\n`;

const hash = (digit: string) => digit.repeat(64);

const config = `${modeline('pressluft')}kind: Pressluft
metadata:
  name: agency
spec:
  interval: 5m
  # Checksums of everything that may be installed; "sha256sum" prints them.
  artifacts:
    wordpress:
      "7.1.1": ${hash('a')}
      "7.1.0": ${hash('b')}
    wpCli:
      "2.12.0": ${hash('c')}
    plugins:
      akismet: { "5.5": ${hash('d')} }
      wordpress-importer: { "0.9.5": ${hash('e')} }
      wp-super-cache: { "3.0.1": ${hash('f')} }
    themes:
      twentytwentyfive: { "1.3": "${hash('1')}" }
`;

const provider = `${modeline('provider')}kind: Provider
metadata: { name: hetzner }
spec:
  type: hetzner
  token: { env: HCLOUD_TOKEN }
  location: fsn1
`;

function node(index: number): string {
  return `${modeline('node')}kind: Node
metadata:
  name: ${nodeName(index)}
  labels: { team: hosting, rack: r${index % 7} }
spec:
  provider: hetzner
  serverType: ccx53
  php: { versions: ["8.2"] }
  swap: 2GiB
`;
}

function site(slug: string, index: number): string {
  return `${modeline('site')}kind: Site
metadata:
  name: ${slug}
  labels:
    customer: c${index % 400}
spec:
  title: "Customer ${index + 1}: shop & journal"
  adminEmail: admin@${slug}.example
  owner: team-${index % 12}
  # What all environments of this site have in common.
  defaults:
    wordpress:
      version: 7.1.1
      plugins: { akismet: "5.5", wordpress-importer: "0.9.5" }
      themes: { twentytwentyfive: "1.3" }
      activeTheme: twentytwentyfive
    php: { version: "8.2", memoryLimit: 256M }
`;
}

function environment(slug: string, type: string, on: string, index: number): string {
  const known = type === 'preview' ? 'development' : type;
  const host = type === 'production' ? `${slug}.example` : `${type}.${slug}.example`;
  const aliases = type === 'production' ? `\n    aliases: [www.${slug}.example]` : '';
  return `${modeline('environment')}kind: Environment
metadata:
  name: ${slug}-${type}
  annotations:
    ticket: OPS-${1000 + index}
spec:
  site: ${slug}
  node: ${on}
  type: ${known}
  domains:
    primary: ${host}${aliases}
  wordpress:
    plugins:
      wp-super-cache: "3.0.1" # ${type === 'production' ? 'measured: 30 % less load' : 'as in production'}
    constants: { WP_MEMORY_LIMIT: 128M, WP_DEBUG: ${known === 'development'} }
  php:
    pool: { pm: ondemand, maxChildren: ${type === 'production' ? 4 : 1} }
    ini: { upload_max_filesize: 64M, post_max_size: 64M }
  access:
    noindex: ${type !== 'production'}
`;
}
