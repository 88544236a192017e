import type {
  DesiredBackup,
  DesiredBackupPolicy,
  DesiredBackupRepository,
  DesiredPromotion,
  DesiredRestore,
} from '../../src/fleet/backups.ts';
import type {
  CommitSha,
  Digest,
  EnvironmentName,
  NodeName,
  ProviderName,
  ResourceRef,
  SiteName,
} from '../../src/fleet/brand.ts';
import type { FleetConfig } from '../../src/fleet/config.ts';
import type {
  DesiredAcquiredNode,
  DesiredCloudProvider,
  DesiredEnvironment,
  DesiredExistingNode,
  DesiredFleet,
  DesiredNode,
  DesiredProvider,
  DesiredSite,
} from '../../src/fleet/desired.ts';
import { sha256Hex } from '../../src/fleet/digest.ts';
import { noMaintenance } from '../../src/fleet/maintenance.ts';
import { uidOf } from '../../src/fleet/naming.ts';
import type {
  ObservedEnvironment,
  ObservedFleet,
  ObservedNode,
  ObservedProvider,
  ObservedServer,
} from '../../src/fleet/observed.ts';
import type { ManifestFault } from '../../src/fleet/quarantine.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import {
  type Condition,
  nothingRecorded,
  type RecordedFleet,
  type StatusDocument,
} from '../../src/fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../../src/fleet/resource.ts';
import { defaultOwners } from '../../src/fleet/setting-owners.ts';

/** Values of the fleet model for tests, with sensible defaults; a test overrides the relevant members. */
export const testFleet = 'demo';
export const testContentVersion = 'content-1';
export const testAt = '2026-01-01T00:00:00.000Z';
export const testLater = '2026-01-01T01:00:00.000Z';

export function commitSha(seed: string | number): CommitSha {
  return sha256Hex(String(seed)).slice(0, 40) as CommitSha;
}

export function environmentRef(name: string): ResourceRef {
  return resourceRef('Environment', name as EnvironmentName);
}

export function nodeRef(name: string): ResourceRef {
  return resourceRef('Node', name as NodeName);
}

export function fleetConfig(overrides: Partial<FleetConfig> = {}): FleetConfig {
  return {
    fleet: testFleet,
    intervalMs: 60_000,
    statusBranch: 'pressluft/status',
    previewDomain: 'sslip.io',
    deletionBudget: { maxCount: 3, maxPercent: 50 },
    artifacts: {
      wordpress: { '7.1.1': artifact('wordpress-7.1.1.tar.gz') },
      wpCli: { '2.12.0': artifact('wp-cli-2.12.0.phar') },
      plugins: {},
      themes: {},
    },
    phpAptSource: null,
    concurrency: 4,
    maintenance: noMaintenance,
    approvals: { risks: [], irreversible: false },
    allowedSigners: [],
    notifications: [],
    ownership: null,
    secrets: { recipients: [], grants: [] },
    ...overrides,
  };
}

export function artifact(file: string) {
  return { url: `https://downloads.example/${file}`, sha256: sha256Hex(file) };
}

export function hetznerProvider(
  name = 'hetzner',
  overrides: Partial<DesiredCloudProvider> = {},
): DesiredCloudProvider {
  return {
    machines: 'acquired',
    grants: [],
    type: 'hetzner',
    name: name as ProviderName,
    token: { kind: 'env', name: 'HCLOUD_TOKEN' },
    endpoint: 'https://api.hetzner.example/v1',
    location: 'fsn1',
    image: 'debian-12',
    sshKeys: {},
    firewall: { sshFrom: ['0.0.0.0/0'], webFrom: ['0.0.0.0/0'] },
    ...overrides,
  };
}

export function hetznerNode(name: string, overrides: Partial<DesiredAcquiredNode> = {}): DesiredAcquiredNode {
  return {
    kind: 'acquired',
    ...nodeBase(name),
    serverType: 'cx23',
    location: 'fsn1',
    image: 'debian-12',
    ...overrides,
  };
}

export function staticNode(name: string, overrides: Partial<DesiredExistingNode> = {}): DesiredExistingNode {
  return {
    kind: 'existing',
    ...nodeBase(name),
    provider: 'static' as ProviderName,
    address: '192.0.2.77',
    sshPort: 22,
    sshUser: 'root',
    hostKey: `ssh-ed25519 ${'A'.repeat(68)}`,
    ...overrides,
  };
}

function nodeBase(name: string) {
  const ref = nodeRef(name);
  return {
    name: name as NodeName,
    ref,
    uid: uidOf(testFleet, ref),
    provider: 'hetzner' as ProviderName,
    labels: {},
    phpVersions: ['8.2'],
    swapMib: 1024,
    timezone: 'Etc/UTC',
    protected: false,
    state: 'active' as const,
  };
}

export function desiredSite(name: string, overrides: Partial<DesiredSite> = {}): DesiredSite {
  return {
    name: name as SiteName,
    ref: resourceRef('Site', name as SiteName),
    title: 'A site',
    adminEmail: 'admin@acme.example',
    owner: null,
    ...overrides,
  };
}

/** An environment of site `acme` on node `web-1`. */
export function desiredEnvironment(
  name: string,
  overrides: Partial<DesiredEnvironment> = {},
): DesiredEnvironment {
  const ref = environmentRef(name);
  return {
    name: name as EnvironmentName,
    ref,
    uid: uidOf(testFleet, ref),
    site: 'acme' as SiteName,
    node: 'web-1' as NodeName,
    type: 'production',
    state: 'running',
    protected: false,
    deletionPolicy: 'retain',
    title: 'A site',
    adminEmail: 'admin@acme.example',
    adminUser: 'admin',
    domains: { primary: `${name}.example`, aliases: [], redirects: [] },
    wordpress: {
      version: '7.1.1',
      locale: 'en_US',
      core: artifact('wordpress-7.1.1.tar.gz'),
      plugins: [],
      themes: [],
      activeTheme: null,
      constants: {},
      // A changed title is the harmless change of many tests, so Git has the last word about it.
      manage: { ...defaultOwners, title: 'git', adminEmail: 'git' },
    },
    php: {
      version: '8.2',
      memoryLimit: '256M',
      ini: {},
      allowedSettings: [],
      pool: {
        pm: 'ondemand',
        maxChildren: 5,
        maxRequests: 500,
        idleTimeoutSeconds: 10,
        requestTerminateTimeoutSeconds: 60,
      },
    },
    resources: { cpuWeight: 100, memoryMib: null },
    cache: { object: 'redis', memoryMib: 64 },
    access: { basicAuth: null, noindex: false },
    nginx: defaultNginx,
    tls: { mode: 'off' },
    source: { kind: 'new' },
    scrub: 'none',
    backups: { policy: null },
    windowOverride: null,
    ...overrides,
  };
}

export function condition(
  type: Condition['type'],
  status: Condition['status'],
  reason: Reason,
  lastTransitionTime = testAt,
): Condition {
  return { type, status, reason, message: '', lastTransitionTime };
}

export interface DesiredParts {
  readonly commit?: CommitSha;
  readonly config?: Partial<FleetConfig>;
  readonly providers?: readonly DesiredProvider[];
  readonly nodes?: readonly DesiredNode[];
  readonly sites?: readonly DesiredSite[];
  readonly environments?: readonly DesiredEnvironment[];
  readonly backupRepositories?: readonly DesiredBackupRepository[];
  readonly backupPolicies?: readonly DesiredBackupPolicy[];
  readonly backups?: readonly DesiredBackup[];
  readonly restores?: readonly DesiredRestore[];
  readonly promotions?: readonly DesiredPromotion[];
  readonly brokenFiles?: readonly string[];
  readonly notManifests?: readonly string[];
  readonly quarantined?: readonly ResourceRef[];
}

/** A desired fleet; every resource is in `<kind>s/<name>.yaml`, its manifest at line 1 and each of its fields at line 10. */
export function desiredFleet(parts: DesiredParts = {}): DesiredFleet {
  const nodes = parts.nodes ?? [hetznerNode('web-1')];
  const environments = parts.environments ?? [];
  const sites = parts.sites ?? [desiredSite('acme')];
  const { backups = [], restores = [], promotions = [] } = parts;
  const described = [...nodes, ...environments, ...sites, ...backups, ...restores, ...promotions];
  const refs = new Set(described.map((resource) => resource.ref));
  return {
    commit: parts.commit ?? commitSha('commit 1'),
    config: fleetConfig(parts.config),
    providers: new Map((parts.providers ?? [hetznerProvider()]).map((provider) => [provider.name, provider])),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    sites: new Map(sites.map((site) => [site.name, site])),
    environments: new Map(environments.map((environment) => [environment.name, environment])),
    backupRepositories: byName(parts.backupRepositories ?? []),
    backupPolicies: byName(parts.backupPolicies ?? []),
    backups: byName(backups),
    restores: byName(restores),
    promotions: byName(promotions),
    quarantine: {
      files: new Map(parts.brokenFiles?.map((file) => [file, { ...faultIn(file), isUnidentified: false }])),
      resources: new Map(
        parts.quarantined?.map((ref) => [
          ref,
          { kind: 'broken', of: ref, fault: faultIn(manifestFileOf(ref)) },
        ]),
      ),
      lossy: new Map(parts.notManifests?.map((file) => [file, { kind: 'no_manifest', line: 1 }])),
    },
    locate: (ref, pointer) =>
      refs.has(ref)
        ? { file: manifestFileOf(ref), line: pointer === '' ? 1 : 10, column: pointer === '' ? 1 : 5 }
        : undefined,
  };
}

function faultIn(file: string): ManifestFault {
  return { code: 'PL1010', message: 'not valid YAML', position: { file, line: 3, column: 5 } };
}

function byName<K, T extends { readonly name: K }>(resources: readonly T[]): ReadonlyMap<K, T> {
  return new Map(resources.map((resource) => [resource.name, resource]));
}

export function manifestFileOf(ref: ResourceRef): string {
  const parsed = parseResourceRef(ref);
  return parsed === undefined ? `${ref}.yaml` : `${parsed.kind.toLowerCase()}s/${parsed.name}.yaml`;
}

export function observedProvider(
  name = 'hetzner',
  overrides: Partial<ObservedProvider> = {},
): ObservedProvider {
  return {
    name: name as ProviderName,
    state: 'connected',
    reason: 'Connected',
    message: 'the token is valid',
    servers: [],
    serverTypes: null,
    ...overrides,
  };
}

export function observedServer(node: string, overrides: Partial<ObservedServer> = {}): ObservedServer {
  return {
    id: 42,
    name: `${testFleet}-${node}`,
    status: 'running',
    ipv4: addressOf(node),
    serverType: 'cx23',
    location: 'fsn1',
    image: 'debian-12',
    resource: nodeRef(node),
    uid: uidOf(testFleet, nodeRef(node)),
    ...overrides,
  };
}

/** A documentation address (RFC 5737) that depends on the name alone. */
export function addressOf(node: string): string {
  return `192.0.2.${(Number.parseInt(sha256Hex(node).slice(0, 4), 16) % 250) + 1}`;
}

/** A ready node without recorded environments. */
export function observedNode(name: string, overrides: Partial<ObservedNode> = {}): ObservedNode {
  return {
    name: name as NodeName,
    state: 'ready',
    reason: null,
    message: '',
    server: observedServer(name),
    ipv4: addressOf(name),
    appliedDigest: null,
    appliedSpec: null,
    facts: null,
    checks: [],
    environments: new Map(),
    ...overrides,
  };
}

/** A node that could not be observed. */
export function blindNode(
  name: string,
  state: 'absent' | 'unknown' | 'unreachable',
  overrides: Partial<ObservedNode> = {},
): ObservedNode {
  const seen = state === 'unreachable';
  return observedNode(name, {
    state,
    reason: ({ absent: 'ServerMissing', unknown: 'ProviderDegraded', unreachable: 'SshTimeout' } as const)[
      state
    ],
    message: {
      absent: 'there is no server',
      unknown: 'its provider did not answer',
      unreachable: 'no answer over SSH',
    }[state],
    server: seen ? observedServer(name) : null,
    ipv4: seen ? addressOf(name) : null,
    ...overrides,
  });
}

/** A complete and running environment, applied with an unknown digest. */
export function observedEnvironment(
  name: string,
  overrides: Partial<ObservedEnvironment> = {},
): ObservedEnvironment {
  return {
    name: name as EnvironmentName,
    uid: uidOf(testFleet, environmentRef(name)),
    complete: true,
    retained: false,
    state: 'running',
    appliedDigest: digest('something else'),
    appliedSpec: {},
    deletionPolicy: 'retain',
    wordpressVersion: '7.1.1',
    phpVersion: '8.2',
    plugins: {},
    http: { status: 200, ms: 12, message: '' },
    driftedFiles: [],
    failedServices: [],
    ...overrides,
  };
}

export function digest(seed: string): Digest {
  return `sha256:${sha256Hex(seed)}` as Digest;
}

export function observedFleet(
  nodes: readonly ObservedNode[],
  providers: readonly ObservedProvider[] = [observedProvider()],
): ObservedFleet {
  return {
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    nodes: new Map(nodes.map((node) => [node.name, node])),
  };
}

export function statusDocument(ref: ResourceRef, overrides: Partial<StatusDocument> = {}): StatusDocument {
  return {
    ref,
    uid: uidOf(testFleet, ref),
    sourceFile: manifestFileOf(ref),
    observedRevision: null,
    appliedRevision: null,
    appliedDigest: null,
    protected: false,
    deletionPolicy: null,
    node: null,
    provider: null,
    conditions: [],
    applied: null,
    details: {},
    ...overrides,
  };
}

export function recordedFleet(
  documents: readonly StatusDocument[] = [],
  head: CommitSha | null = commitSha('status 1'),
): RecordedFleet {
  return {
    ...nothingRecorded,
    head: documents.length === 0 ? null : head,
    status: new Map(documents.map((status) => [status.ref, status])),
  };
}

/** As of a manifest that says nothing about nginx. */
export const defaultNginx: DesiredEnvironment['nginx'] = {
  maxBodyBytes: 64 * 1024 ** 2,
  headers: {},
  allow: [],
  deny: [],
  xmlrpc: 'deny',
  lifetimes: {},
  locations: [],
  serverSnippet: null,
};
