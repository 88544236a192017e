import { createHetznerCloud } from '../../../src/adapters/hetzner/hetzner-cloud.ts';
import type { NodeName, ResourceRef } from '../../../src/fleet/brand.ts';
import { ownerLabels, uidOf } from '../../../src/fleet/naming.ts';
import type { FirewallRule, ServerRequest } from '../../../src/ports/cloud.ts';
import type { ProviderAccount } from '../../../src/ports/provider.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import type { ScriptedApi } from './scripted-api.ts';

export const token = 'canary-7Qm2xV9sLkP4token';
export const node = 'web-1' as NodeName;
const ref = 'node/web-1' as ResourceRef;
export const labels = ownerLabels('shop', ref, uidOf('shop', ref));

export const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl controller';
/** `ssh-keygen -E md5 -lf` of {@link publicKey}. */
export const fingerprint = '65:96:2d:fc:e8:d5:a9:11:64:0c:0f:ea:00:6e:5b:bd';

export const webRules: readonly FirewallRule[] = [
  { protocol: 'tcp', port: '22', sourceIps: ['203.0.113.0/24', '2001:DB8::/32'], description: 'ssh' },
  { protocol: 'tcp', port: '443', sourceIps: ['0.0.0.0/0', '::/0'], description: 'https' },
  { protocol: 'icmp', port: null, sourceIps: ['0.0.0.0/0'], description: '' },
];

export const serverRequest: ServerRequest = {
  name: 'shop-web-1',
  serverType: 'cx23',
  location: 'fsn1',
  image: 'debian-12',
  sshKeyIds: [7],
  firewallIds: [9],
  userData: '#cloud-config\n',
  labels,
};

export function serverJson(id: number, overrides: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: `shop-web-${id}`,
    status: 'running',
    public_net: {
      ipv4: { id: 1, ip: '192.0.2.10', blocked: false, dns_ptr: 'x' },
      ipv6: null,
      floating_ips: [],
    },
    server_type: { id: 1, name: 'cx23' },
    location: { id: 1, name: 'fsn1' },
    image: { id: 1, name: 'debian-12' },
    labels,
    ...overrides,
  };
}

export function actionJson(id: number, overrides: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    command: 'create_server',
    status: 'running',
    progress: 0,
    started: '2026-01-01T00:00:00Z',
    finished: null,
    resources: [{ id: 42, type: 'server' }],
    error: null,
    ...overrides,
  };
}

export interface TestCloud {
  readonly cloud: ProviderAccount;
  readonly clock: VirtualClock;
  readonly log: ReturnType<typeof memoryLog>;
}

/** Waits of up to `autoAdvanceUpToMs` pass at once; time limits are longer. */
export function cloudFor(
  api: Pick<ScriptedApi, 'url'>,
  requestTimeoutMs = 2_000,
  autoAdvanceUpToMs = 59_999,
): TestCloud {
  const clock = new VirtualClock({ autoAdvanceUpToMs });
  const log = memoryLog();
  const cloud = createHetznerCloud({
    endpoint: api.url,
    token,
    clock,
    random: seededRandom(1),
    log,
    requestTimeoutMs,
  });
  return { cloud, clock, log };
}
