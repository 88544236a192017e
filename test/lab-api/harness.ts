import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudApi, type CloudApiOptions, createCloudApi } from '../../src/lab/api/cloud-api.ts';
import { type MemoryBackend, memoryBackend } from './memory-backend.ts';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read replies whose shape the contract test checks.
  readonly body: any;
  readonly headers: Headers;
}

export interface Harness {
  readonly api: CloudApi;
  readonly url: string;
  readonly backend: MemoryBackend;
  readonly stateFile: string;
  /** Sends a request below `/v1` with the read-write token. */
  send(method: string, path: string, body?: unknown, token?: string): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Creates a server and waits until its actions are done; resolves with the server. */
  server(name: string, rest?: object): Promise<Reply['body']>;
  close(): Promise<void>;
}

export const token = 'rw-token';
export const readOnlyToken = 'ro-token';
export const controlToken = 'control-token';

export async function startHarness(
  options: Partial<CloudApiOptions> & { bootMs?: number; backend?: MemoryBackend } = {},
): Promise<Harness> {
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-lab-api-'));
  const backend = options.backend ?? memoryBackend({ bootMs: options.bootMs ?? 5 });
  const stateFile = options.stateFile ?? join(dir, 'cloud.json');
  const api = await createCloudApi({ token, readOnlyToken, controlToken, ...options, stateFile, backend });
  const url = await api.listen('127.0.0.1', 0);

  async function request(target: string, method: string, body: unknown, bearer: string): Promise<Reply> {
    const response = await fetch(target, {
      method,
      headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  }

  const send: Harness['send'] = (method, path, body, bearer = token) =>
    request(`${url}${path}`, method, body, bearer);
  return {
    api,
    url,
    backend,
    stateFile,
    send,
    control: (method, path, body) =>
      request(url.replace(/\/v1$/, `/_lab${path}`), method, body, controlToken),
    server: async (name, rest = {}) => {
      const { body } = await send('POST', '/servers', {
        name,
        server_type: 'cx23',
        image: 'debian-12',
        ...rest,
      });
      await api.idle();
      return (await send('GET', `/servers/${body.server.id}`)).body.server;
    },
    close: async () => {
      await api.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A fresh OpenSSH public key line. */
export function publicKey(): string {
  const { publicKey: key } = generateKeyPairSync('ed25519');
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(-32);
  const field = (data: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, data.length]), data]);
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
  return `ssh-ed25519 ${blob.toString('base64')} test`;
}
