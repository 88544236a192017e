const sha = '0'.repeat(64);
const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(44)}`;

const document = (kind: string, name: string, spec: string) =>
  `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n${spec}`;

export const nodeAddress = '192.0.2.10';

/** Manifests of a fleet with one static node, one site and two environments. */
export const fleetFiles: Readonly<Record<string, string>> = {
  'pressluft.yaml': document(
    'Pressluft',
    'demo',
    `  artifacts:\n    wordpress: { 7.1.1: "${sha}" }\n    wpCli: { 2.12.0: "${sha}" }\n`,
  ),
  'providers/hosts.yaml': document('Provider', 'hosts', '  type: static\n'),
  'nodes/web-1.yaml': document(
    'Node',
    'web-1',
    `  provider: hosts\n  address: ${nodeAddress}\n  user: root\n  hostKey: "${hostKey}"\n`,
  ),
  'sites/acme.yaml': document('Site', 'acme', '  title: Acme\n  adminEmail: owner@acme.example\n'),
  'environments/acme-production.yaml': environmentFile('acme-production', '256M'),
  'environments/acme-staging.yaml': environmentFile('acme-staging', '128M', 'staging'),
};

export function environmentFile(name: string, memoryLimit: string, type = 'production'): string {
  return document(
    'Environment',
    name,
    `  site: acme\n  node: web-1\n  type: ${type}\n  domains: { primary: ${name}.example }\n` +
      `  wordpress: { version: 7.1.1 }\n  php:\n    version: "8.2"\n    memoryLimit: ${memoryLimit}\n`,
  );
}
