import { stringify } from 'yaml';
import type { MirrorCatalogue } from '../../src/lab/mirror/catalogue.ts';

export interface SmallFleet {
  /** Nodes, each with the names of its environments. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly interval?: string;
  readonly tokenVariable?: string;
  readonly deletionPolicy?: 'retain' | 'delete';
  /** Environments that may have raw nginx directives. */
  readonly allowSnippets?: readonly string[];
}

/** Manifests of a small fleet for a test, one file for each resource. */
export function smallFleet(catalogue: MirrorCatalogue, fleet: SmallFleet): Record<string, string> {
  const files: Record<string, string> = {
    'pressluft.yaml': manifest('Pressluft', 'small', {
      interval: fleet.interval ?? '60s',
      artifacts: pinned(catalogue),
    }),
    'provider.yaml': manifest('Provider', 'cloud', {
      type: 'hetzner',
      token: { env: fleet.tokenVariable ?? 'HCLOUD_TOKEN' },
      location: 'fsn1',
    }),
    'site.yaml': site('Shop'),
  };
  for (const [node, environments] of Object.entries(fleet.nodes)) {
    files[`nodes/${node}.yaml`] = manifest('Node', node, {
      provider: 'cloud',
      serverType: 'cx23',
      ...(fleet.allowSnippets === undefined ? {} : { nginx: { allowSnippets: fleet.allowSnippets } }),
    });
    for (const name of environments) {
      files[`environments/${name}.yaml`] = environment(name, node, {
        deletionPolicy: fleet.deletionPolicy ?? 'retain',
      });
    }
  }
  return files;
}

/** Its title belongs to Git: changing it is the harmless change of many tests. */
export function site(title: string): string {
  const defaults = { wordpress: { manage: { title: 'git' } } };
  return manifest('Site', 'shop', { title, adminEmail: 'owner@shop.example', defaults });
}

export function environment(
  name: string,
  node: string,
  spec: Readonly<Record<string, unknown>> = {},
): string {
  return manifest('Environment', name, {
    site: 'shop',
    node,
    type: 'development',
    wordpress: { version: '7.1.1' },
    ...spec,
  });
}

export function manifest(kind: string, name: string, spec: Readonly<Record<string, unknown>>): string {
  return stringify({ apiVersion: 'pressluft.dev/v1', kind, metadata: { name }, spec });
}

/** The checksums of all artifacts of the mirror, in the form of `spec.artifacts`. */
function pinned({ wordpress, wpCli, plugins, themes }: MirrorCatalogue) {
  type Versions = MirrorCatalogue['wordpress'];
  const sums = (versions: Versions) => mapValues(versions, ({ sha256 }) => sha256);
  return {
    wordpress: sums(wordpress),
    wpCli: sums(wpCli),
    plugins: mapValues(plugins, sums),
    themes: mapValues(themes, sums),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
