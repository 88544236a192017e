import type { Api } from '../../../src/adapters/hetzner/api.ts';
import type { Connection } from '../../../src/adapters/hetzner/connection.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { check, checkPlain } from '../property.ts';
import type { FuzzTarget } from '../target.ts';

const token = 'canary-7Qm2xV9sLkP4token';
const labels = {
  'pressluft.dev/fleet': 'shop',
  'pressluft.dev/resource': 'node.web-1',
  'pressluft.dev/uid': 'abcdefghijklmnop',
};
const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl controller';

const action = {
  id: 7,
  command: 'create_server',
  status: 'success',
  progress: 100,
  resources: [{ id: 42, type: 'server' }],
  error: null,
};
const server = {
  id: 42,
  name: 'shop-web-1',
  status: 'running',
  public_net: { ipv4: { id: 1, ip: '192.0.2.10' }, ipv6: null },
  server_type: { id: 1, name: 'cx23' },
  location: { id: 1, name: 'fsn1' },
  image: { id: 1, name: 'debian-12' },
  labels,
};
const rule = {
  direction: 'in',
  protocol: 'tcp',
  port: '22',
  source_ips: ['0.0.0.0/0'],
  destination_ips: [],
  description: null,
};
const serverType = {
  id: 1,
  name: 'cx23',
  architecture: 'x86',
  cores: 2,
  memory: 4,
  disk: 40,
  locations: [{ name: 'fsn1', available: true, deprecation: { unavailable_after: '2026-01-01T00:00:00Z' } }],
};

/** One answer to every request: each operation reads the fields that it needs. */
const everything = {
  server,
  servers: [server],
  action,
  actions: [action],
  next_actions: [],
  ssh_key: { id: 3, name: 'k', fingerprint: 'aa', public_key: publicKey, labels },
  ssh_keys: [{ id: 3, name: 'k', fingerprint: 'aa', public_key: 'ssh-rsa x', labels }],
  firewall: { id: 9, name: 'f', rules: [rule], labels },
  firewalls: [{ id: 9, name: 'f', rules: [rule], labels }],
  server_types: [serverType],
  locations: [],
  meta: { pagination: { page: 1, next_page: null, total_entries: 1 } },
};
const refusal = {
  error: {
    code: 'invalid_input',
    message: `no ${token}`,
    details: { fields: [{ name: 'name', messages: ['too long', token] }] },
  },
};
const limits =
  'date: Mon, 01 Jun 2026 00:00:00 GMT\nratelimit-limit: 3600\nratelimit-remaining: 3000\nratelimit-reset: 1780272600';
const reply = (status: number, headers: string, body: object) =>
  `${status}\n${headers}\n\n${JSON.stringify(body)}`;

const answers: FuzzTarget = {
  name: 'provider-answers',
  covers: ['src/adapters/hetzner/'],
  seeds: () => [
    reply(200, limits, everything),
    reply(201, '', { server, action: { ...action, status: 'error', error: { code: 'x', message: token } } }),
    reply(422, limits, refusal),
    reply(429, 'retry-after: 3', { error: { code: 'rate_limit_exceeded', message: 'slow down' } }),
    reply(404, '', { error: { code: 'not_found', message: '' } }),
    reply(423, '', { error: { code: 'locked', message: '' } }),
    '502\n\n\n<html>bad gateway</html>',
    '204\n\n\n',
  ],
  dictionary: [
    token,
    'next_page',
    '1e999',
    '"running"',
    'retry-after: ',
    'ratelimit-remaining: 0',
    'conflict',
    '409\n',
    '503\n',
  ],
  maxBytes: 16_384,
  maxMs: 4000,
  async load() {
    const cloud = await operations();
    return async (input) => {
      const answer = answerOf(input.toString('utf8'));
      for (const operation of cloud(answer)) {
        try {
          checkPlain(await operation(), 'the answer');
        } catch (error) {
          checkMessage(error);
        }
      }
    };
  },
};

/** Rethrows errors that are not ours. */
function checkMessage(error: unknown): void {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('PL')) throw error;
  check(!error.message.includes(token), 'the token is in the error');
  check(!/\p{Cc}/u.test(error.message), 'the error has control characters');
}

interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Status line, headers, empty line, body. */
function answerOf(text: string): WireAnswer {
  const [head = '', ...rest] = text.split('\n\n');
  const [status = '', ...lines] = head.split('\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const code = Number.parseInt(status, 10);
  return {
    status: code >= 200 && code <= 599 ? code : 200,
    headers: Object.fromEntries(headers),
    body: rest.join('\n\n'),
  };
}

type Operation = () => Promise<unknown>;

async function operations(): Promise<(answer: WireAnswer) => readonly Operation[]> {
  const { connect } = await import('../../../src/adapters/hetzner/connection.ts');
  const { createTransport } = await import('../../../src/adapters/hetzner/transport.ts');
  const { createActionPoller } = await import('../../../src/adapters/hetzner/action-poller.ts');
  const { RateBudget } = await import('../../../src/adapters/hetzner/rate-budget.ts');
  const { objects } = await import('../../../src/adapters/hetzner/reader.ts');
  const { readAction } = await import('../../../src/adapters/hetzner/resources.ts');
  const { createServer, deleteServer, findServer, getServer, listServers, powerOn } = await import(
    '../../../src/adapters/hetzner/servers.ts'
  );
  const { listServerTypes } = await import('../../../src/adapters/hetzner/server-types.ts');
  const { deleteKey, ensureKey } = await import('../../../src/adapters/hetzner/keys.ts');
  const { deleteFirewall, ensureFirewall } = await import('../../../src/adapters/hetzner/firewalls.ts');
  const real = connect({
    endpoint: 'http://api.example/v1',
    token,
    requestTimeoutMs: 1000,
    maxReplyBytes: 1,
  });

  return (answer) => {
    let requests = 0;
    const connection: Connection = {
      exchange: async () => {
        check(++requests < 20_000, 'one answer causes endless requests');
        return { kind: 'reply', ...answer };
      },
      endpoints: real.endpoints,
    };
    const clock = new VirtualClock({ autoAdvanceUpToMs: 3_600_000 });
    const random = seededRandom(1);
    const log = memoryLog();
    const transport = createTransport({
      connection,
      budget: new RateBudget(clock),
      clock,
      random,
      log,
      token,
    });
    const api: Api = {
      transport,
      clock,
      random,
      log,
      poller: createActionPoller({
        clock,
        token,
        fetchActions: async (id, signal) => {
          const found = await transport.request({ method: 'GET', path: '/actions', query: { id }, signal });
          return objects(found, 'actions', 50).map(readAction);
        },
      }),
      endpoints: (signal) =>
        connection.endpoints(async ({ url, data }) => {
          const sent = { method: 'DELETE', path: url, body: data, signal } as const;
          return { data: (await transport.request(sent)).raw };
        }),
    };
    const request = {
      name: 'shop-web-1',
      serverType: 'cx23',
      location: 'fsn1',
      image: 'debian-12',
      sshKeyIds: [1],
      firewallIds: [1],
      userData: '',
      labels,
    };
    return [
      () => listServers(api, 'shop', undefined),
      () => findServer(api, 'shop-web-1', undefined),
      () => getServer(api, 42, undefined),
      () => createServer(api, request, undefined),
      () => deleteServer(api, 42, undefined),
      () => powerOn(api, 42, undefined),
      () => listServerTypes(api, undefined),
      () => ensureKey(api, 'k', publicKey, labels, undefined),
      () => deleteKey(api, 'k', labels, undefined),
      () => ensureFirewall(api, 'f', [], labels, undefined),
      () => deleteFirewall(api, 'f', labels, undefined),
      () => api.poller.wait([7], { timeoutMs: 60_000 }),
    ];
  };
}

export const providerTargets: readonly FuzzTarget[] = [answers];
