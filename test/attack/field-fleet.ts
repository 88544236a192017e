import { Document, isNode, LineCounter, type Pair, parseDocument, Scalar } from 'yaml';
import type { ResourceKind } from '../../src/fleet/resource.ts';
import type { ManifestFile } from '../../src/manifest/index.ts';
import { fleetWith, soundFleet } from '../manifest/fleet-fixture.ts';

const secret = { env: 'PRESSLUFT_SECRET_A' };
const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIffJQeFfN7rqGaaxHbQIYu49oB87HPTcKQPz+4J97uu';
const pin = '0123456789abcdef'.repeat(4);

/** A valid manifest of each kind, in which one field is replaced; the other files are those of the valid fleet. */
const manifests: Readonly<Record<ResourceKind, { readonly name: string; readonly spec: object }>> = {
  Pressluft: {
    name: 'test',
    spec: {
      artifacts: {
        wordpress: { '7.1.1': pin, '7.1': pin },
        plugins: { akismet: { '5.7.2': pin } },
        themes: { twentytwentyfive: { '1.5': pin } },
      },
    },
  },
  Provider: { name: 'other', spec: { type: 'hetzner', token: { env: 'HCLOUD_TOKEN' } } },
  Node: { name: 'web-2', spec: { provider: 'hetzner', serverType: 'cx23' } },
  Site: {
    name: 'acme',
    spec: { title: 'Acme', adminEmail: 'web@acme.example', defaults: { wordpress: { version: '7.1.1' } } },
  },
  Environment: { name: 'acme-staging', spec: { site: 'acme', node: 'web-1', type: 'staging' } },
  BackupRepository: { name: 'vault', spec: { local: { path: '/var/backups' }, password: secret } },
  BackupPolicy: { name: 'nightly', spec: { repository: 'vault', schedule: { cron: '0 1 * * *' } } },
  Backup: { name: 'once', spec: { environment: 'acme-production' } },
  Restore: { name: 'back', spec: { environment: 'acme-production', from: { backup: 'b-1' } } },
  Promotion: { name: 'up', spec: { from: 'acme-production', to: 'acme-production' } },
};

const aptSource = {
  uri: 'https://a.example/',
  suite: 'bookworm',
  components: ['main'],
  keyUrl: 'https://a.example/k',
  keySha256: pin,
};
const s3 = { endpoint: 'https://s3.example', bucket: 'bucket', accessKeyId: secret, secretAccessKey: secret };

/** Fields that must accompany a field so that only this field can be wrong. */
const beside: Readonly<Record<string, object>> = {
  'spec.domains.redirects.[].from': { to: '/new' },
  'spec.domains.redirects.[].to': { from: '/old' },
  'spec.access.basicAuth.user': { passwordHash: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' },
  'spec.defaults.access.basicAuth.user': { passwordHash: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' },
  'spec.access.basicAuth.passwordHash': { user: 'staff' },
  'spec.defaults.access.basicAuth.passwordHash': { user: 'staff' },
  ...Object.fromEntries(
    ['wordpress.*', 'wpCli.*', 'plugins.*.*', 'themes.*.*'].flatMap((holder) => [
      [`spec.artifacts.${holder}.url`, { sha256: pin }],
      [`spec.artifacts.${holder}.sha256`, { url: 'https://mirror.example/a.zip' }],
    ]),
  ),
  'spec.nginx.locations.*.answer.text': { status: 200 },
  'spec.defaults.nginx.locations.*.answer.text': { status: 200 },
  'spec.notifications.[].url': { type: 'ntfy', topic: 'fleet' },
  'spec.notifications.[].topic': { type: 'ntfy' },
  'spec.phpAptSource.uri': aptSource,
  'spec.phpAptSource.suite': aptSource,
  'spec.phpAptSource.keyUrl': aptSource,
  'spec.phpAptSource.keySha256': aptSource,
  'spec.s3.endpoint': s3,
  'spec.s3.bucket': s3,
  'spec.s3.prefix': s3,
  'spec.s3.region': s3,
  'spec.allowedSigners.[].principal': { key: ed25519 },
  'spec.allowedSigners.[].key': { principal: 'a@b.example' },
};

/** The node of the valid fleet, which allows raw nginx directives: else no text would be accepted. */
const snippetNode = `${soundFleet['nodes/web-1.yaml']}`.replace(
  'serverType:',
  'nginx: { allowSnippets: [acme-staging, acme-production] }, serverType:',
);

export interface Planted {
  readonly files: readonly ManifestFile[];
  readonly file: string;
  /** Lines of the planted text, its key and its parent: where a finding about it may be. */
  readonly lines: readonly number[];
}

/** The fleet in which one field of one kind has a text. */
export function plant(kind: ResourceKind, field: string, text: string): Planted {
  const { name, spec } = manifests[kind];
  const document = new Document({
    apiVersion: 'pressluft.dev/v1',
    kind,
    metadata: { name },
    spec: structuredClone(spec),
  });
  const path = field.split('.');
  const isKey = path.at(-1) === '~key';
  const parts = (isKey ? path.slice(0, -1) : path).map((part, depth) =>
    part === '[]' ? 0 : part === '*' ? freeKey(field, path[depth - 1]) : part,
  );
  // The location of a repository has one form only.
  if (/^spec\.(s3|sftp)/.test(field)) document.deleteIn(['spec', 'local']);
  const extra = beside[field];
  if (extra !== undefined) document.setIn(parts.slice(0, -1), document.createNode(structuredClone(extra)));
  const value = isKey ? document.createNode(Object.fromEntries([[text, 'a']])) : new Scalar(text);
  for (let depth = 1; depth < parts.length; depth++) {
    const at = parts.slice(0, depth);
    if (
      !isNode(document.getIn(at, true)) ||
      document.getIn(at) === null ||
      typeof document.getIn(at) !== 'object'
    ) {
      document.setIn(at, document.createNode(parts[depth] === 0 ? [] : {}));
    }
  }
  document.setIn(parts, value);
  const source = document.toString({
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: 1_000_000,
  });
  const place: Partial<Record<ResourceKind, string>> = {
    Pressluft: 'pressluft.yaml',
    Site: 'sites/acme.yaml',
  };
  const file = place[kind] ?? `${kind.toLowerCase()}.yaml`;
  const snippets = field.endsWith('.serverSnippet') ? { 'nodes/web-1.yaml': snippetNode } : {};
  return {
    files: fleetWith({ ...soundFleet, ...snippets, [file]: source }),
    file,
    lines: linesOf(source, parts),
  };
}

/** A key that is valid wherever a schema allows any key. */
function freeKey(field: string, parent: string | undefined): string {
  if (parent === 'headers') return 'Link';
  if (parent === 'locations') return '/a';
  if (parent === 'lifetimes') return 'css';
  if (field.includes('constants')) return 'SOME_CONSTANT';
  if (field.includes('php.ini')) return 'user_agent';
  if (field.includes('artifacts'))
    return field.includes('wordpress') ? '7.0.1' : field.includes('wpCli') ? '2.11.0' : '1.0';
  return 'akismet';
}

function linesOf(source: string, parts: readonly (string | number)[]): number[] {
  const lineCounter = new LineCounter();
  const parsed = parseDocument(source, { lineCounter });
  const offsets: number[] = [];
  for (let depth = 1; depth <= parts.length; depth++) {
    const holder = parsed.getIn(parts.slice(0, depth - 1), true) as
      | { items?: readonly (Pair | unknown)[] }
      | undefined;
    for (const item of holder?.items ?? []) {
      const { key, value } = item as {
        key?: { value?: unknown; range?: number[] };
        value?: { range?: number[] };
      };
      if (key?.value !== parts[depth - 1] || depth < parts.length - 1) continue;
      offsets.push(key?.range?.[0] ?? 0, value?.range?.[0] ?? 0);
    }
    const node = parsed.getIn(parts.slice(0, depth), true) as
      | { range?: number[]; items?: readonly unknown[] }
      | undefined;
    if (depth < parts.length - 1) continue;
    offsets.push(node?.range?.[0] ?? 0);
    for (const item of node?.items ?? [])
      offsets.push((item as { key?: { range?: number[] } }).key?.range?.[0] ?? 0);
  }
  return [...new Set(offsets.map((offset) => lineCounter.linePos(offset).line))];
}
