import type { CommitSha } from '../../src/fleet/brand.ts';
import {
  createManifestCache,
  type LoadedFleet,
  type LoadOptions,
  loadFleet,
  type ManifestCache,
  type ManifestFile,
} from '../../src/manifest/index.ts';

export const commit = 'c0ffee0000000000000000000000000000000000' as CommitSha;

/** Keeps the compiled schemas, not the files: loads of different repositories would only evict each other. */
const { validators } = createManifestCache();

export function load(files: readonly ManifestFile[], options: LoadOptions = {}): LoadedFleet {
  return loadFleet(files, commit, { cache: emptyCache(), ...options });
}

export function emptyCache(): ManifestCache {
  return createManifestCache(validators);
}

export function textFile(path: string, text: string): ManifestFile {
  return { path, oid: `${path} ${text}`, kind: 'file', bytes: new TextEncoder().encode(text) };
}

const checksum = '0123456789abcdef'.repeat(4);

/** A small valid fleet, by path. */
export const soundFleet: Readonly<Record<string, string>> = {
  'pressluft.yaml': `apiVersion: pressluft.dev/v1
kind: Pressluft
metadata: { name: test }
spec:
  artifacts:
    wordpress: { 7.1.1: ${checksum}, 7.1: ${checksum} }
    wpCli: { 2.12.0: ${checksum} }
    plugins: { akismet: { 5.7.2: ${checksum}, 5.7.1: ${checksum} } }
    themes: { twentytwentyfive: { 1.5: ${checksum} } }
  ownership: [{ paths: ["**"], level: fleet }]
`,
  'providers/hetzner.yaml': `apiVersion: pressluft.dev/v1
kind: Provider
metadata: { name: hetzner }
spec: { type: hetzner, token: { env: HCLOUD_TOKEN } }
`,
  'nodes/web-1.yaml': `apiVersion: pressluft.dev/v1
kind: Node
metadata: { name: web-1, labels: { tier: gold } }
spec: { provider: hetzner, serverType: cx23 }
`,
  'sites/acme.yaml': `apiVersion: pressluft.dev/v1
kind: Site
metadata: { name: acme }
spec:
  title: Acme
  adminEmail: web@acme.example
  defaults:
    wordpress:
      version: 7.1.1
      plugins: { akismet: { version: 5.7.2, active: false } }
      themes: { twentytwentyfive: "1.5" }
      activeTheme: twentytwentyfive
    php:
      ini: { upload_max_filesize: 64M }
`,
  'environments/production.yaml': `apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: acme-production }
spec:
  site: acme
  node: web-1
  type: production
  domains: { primary: acme.example, aliases: [www.acme.example] }
  php: { memoryLimit: 512M }
`,
};

/** The valid fleet with files replaced or added; null removes one. */
export function fleetWith(changes: Readonly<Record<string, string | null>>): ManifestFile[] {
  return Object.entries({ ...soundFleet, ...changes }).flatMap(([path, text]) =>
    text === null ? [] : [textFile(path, text)],
  );
}
