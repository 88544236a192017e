import type { CommitSha } from '../../src/fleet/brand.ts';
import type { DoctorProbes, ProviderProbe, RepositoryFacts } from '../../src/ports/doctor-probes.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export const stateDirectory = {
  path: '/var/lib/pressluft',
  exists: true,
  isDirectory: true,
  writable: true,
  mode: 0o700,
  freeBytes: 20 * 1024 ** 3,
  freeInodes: 1_000_000,
};

export const provider: ProviderProbe = {
  name: 'hetzner',
  endpoint: 'https://api.hetzner.cloud/v1',
  reach: async () => ({ mayWrite: true, clockSkewMs: 300 }),
};

export const repositoryFacts: RepositoryFacts = {
  commit: 'abcdef0123456789abcdef0123456789abcdef01' as CommitSha,
  manifestErrors: 0,
  providers: [provider],
};

/** A controller with nothing wrong; a test breaks one thing. */
export function healthyProbes(broken: Partial<DoctorProbes> = {}): DoctorProbes {
  const versions = {
    git: 'git version 2.39.5',
    ssh: 'OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.14',
    'ssh-keygen': '',
  };
  return {
    clock: new VirtualClock(),
    nodeVersion: () => '24.21.0',
    toolVersion: async (tool) => versions[tool],
    python: async () => ({ file: 'python3', version: '3.11.2' }),
    ansible: async () => ({ pinned: '2.19.14', installed: '2.19.14', directory: '/opt/pressluft/.venv/bin' }),
    stateDirectory: async () => stateDirectory,
    store: async () => ({ kind: 'good', sizeBytes: 64 * 1024 }),
    ageKey: async () => ({
      publicKeys: ['age1controller'],
      sources: ['/etc/pressluft/age.key'],
      openFiles: [],
    }),
    repository: {
      url: 'https://git.example/fleet.git',
      branch: 'main',
      reach: async () => repositoryFacts,
    },
    codeOfNodes: async () => [],
    lab: async () => ({
      linux: true,
      root: true,
      missingTools: [],
      overlayFs: true,
      networkNamespaces: true,
    }),
    ...broken,
  };
}
