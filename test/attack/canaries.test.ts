import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGitRemote, type GitRemote } from '../../src/lab/git/git-remote.ts';
import { fixture, identity } from '../adapters/secrets/sops-fixtures.ts';
import { fleetFiles } from '../cli/fleet-files.ts';
import { commitOn, git } from '../contract/git/fixture.ts';
import { compileCache } from '../support/compile-cache.ts';
import { type Canary, filesBelow, formsOf, leaks, quotations, type Sink } from './canary-forms.ts';
import { type EchoingNode, echoingNode } from './echoing-node.ts';

const root = join(import.meta.dirname, '../..');
const gitPassword = 'canary/git+password&7b19';
const hash = 'canary2yHashOfTheBasicAuthPassword31c4';
/** In fixtures/default.sops.yaml, at hetzner.token. */
const sopsToken = 'canary-hetzner-token-7f3a';
const variableToken = 'canary.variable.token.c02d';
const fileToken = 'canary_file_token_88ea';
const foreign = 'canaryOfSomebodyElse55f0';

let dir: string;
let remote: GitRemote;
let api: Server;
let node: EchoingNode;
let canaries: readonly Canary[];
let env: Record<string, string>;
const asked: string[] = [];
const sinks: Sink[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-canaries-'));
  const ageKey = (await identity('controller')).trim();
  canaries = [
    { name: 'Git password', value: gitPassword },
    { name: 'Git credentials', value: Buffer.from(`dana:${gitPassword}`).toString('base64') },
    { name: 'token in SOPS', value: sopsToken },
    { name: 'token in a variable', value: variableToken },
    { name: 'token in a file', value: fileToken },
    { name: 'hash of a password', value: hash },
    { name: 'variable of somebody else', value: foreign },
    { name: 'age key', value: ageKey.split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-')) ?? '' },
  ];
  remote = await createGitRemote({
    dir: join(dir, 'remote'),
    host: '127.0.0.1',
    user: 'dana',
    password: gitPassword,
  });
  commitOn(remote.repository, 'main', await fleet());
  api = createServer(
    (request, reply) =>
      void answer(request).then(([status, body]) => {
        reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      }),
  );
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  // Only secrets that this process knows are redacted when a node prints them.
  const known = [gitPassword, sopsToken, variableToken, fileToken];
  const version = /ansible-core==(\S+)/.exec(
    await readFile(join(root, 'ansible/requirements.txt'), 'utf8'),
  )?.[1];
  node = await echoingNode({ dir, says: known.flatMap(quotations), ansibleVersion: version ?? '' });
  await mkdir(join(dir, 'secrets'));
  await writeFile(join(dir, 'secrets/token'), `${fileToken}\n`);
  env = {
    PATH: `${node.bin}:${process.env.PATH ?? ''}`,
    HOME: dir,
    ...compileCache,
    PRESSLUFT_REPO: remote.http.url,
    PRESSLUFT_STATE_DIR: join(dir, 'state'),
    PRESSLUFT_ANSIBLE_VENV: node.venv,
    PRESSLUFT_SECRETS_DIR: join(dir, 'secrets'),
    PRESSLUFT_GIT_USER: 'dana',
    PRESSLUFT_GIT_PASSWORD: gitPassword,
    PRESSLUFT_HCLOUD_ENDPOINT: `http://127.0.0.1:${(api.address() as AddressInfo).port}/v1`,
    HCLOUD_VARIABLE_TOKEN: variableToken,
    SOPS_AGE_KEY: ageKey,
    AWS_SECRET_ACCESS_KEY: foreign,
  };
}, 60_000);
afterAll(async () => {
  api.close();
  await remote.close();
  await rm(dir, { recursive: true, force: true });
});

const manifest = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'pressluft.dev/v1', kind, metadata: { name }, spec });

/** A static node that echoes, and three accounts whose tokens come from three places. */
async function fleet(): Promise<Record<string, string>> {
  const tokens = {
    sops: { sops: { file: 'secrets/fleet.sops.yaml', key: 'hetzner.token' } },
    variable: { env: 'HCLOUD_VARIABLE_TOKEN' },
    file: { file: 'token' },
  };
  const accounts = Object.entries(tokens).flatMap(([name, token]) => [
    [`${name}.yaml`, manifest('Provider', name, { type: 'hetzner', location: 'fsn1', token })],
    [`node-${name}.yaml`, manifest('Node', `node-${name}`, { provider: name, serverType: 'cx23' })],
  ]);
  const production = fleetFiles['environments/acme-production.yaml'] ?? '';
  return {
    ...fleetFiles,
    ...Object.fromEntries(accounts),
    'environments/acme-production.yaml': `${production}  access: { basicAuth: { user: dana, passwordHash: "$2y$10$${hash}${'a'.repeat(53 - hash.length)}" } }\n`,
    'secrets/fleet.sops.yaml': new TextDecoder().decode(await fixture('default.sops.yaml')),
  };
}

/** Accepts the order of a server, and then quotes all received data, in every form and cut anywhere. */
async function answer(request: IncomingMessage): Promise<readonly [number, object]> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const path = `${request.method} ${request.url?.replace(/^\/v1|\?.*$/g, '')}`;
  const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
  asked.push(`${path} ${token}\n${body}`);
  const labels = /"labels":(\{[^}]*\})/.exec(body)?.[1] ?? '{}';
  const none = { meta: { pagination: { page: 1, next_page: null, total_entries: 0 } } };
  if (path === 'POST /ssh_keys') {
    const { name, public_key } = JSON.parse(body) as Record<string, string>;
    return [201, { ssh_key: { id: 1, name, fingerprint: 'x', public_key, labels: JSON.parse(labels) } }];
  }
  if (path === 'POST /firewalls') {
    const sent = JSON.parse(body) as Record<string, unknown>;
    return [201, { firewall: { id: 1, ...sent, applied_to: [] }, actions: [] }];
  }
  if (request.method === 'GET' && token !== fileToken) {
    return [
      200,
      { ...none, servers: [], ssh_keys: [], firewalls: [], server_types: [], locations: [], actions: [] },
    ];
  }
  const privateKey = /-----BEGIN.*KEY-----/s.exec(body)?.[0] ?? '';
  const quoted = [...quotations(token), privateKey, ...quotations(privateKey.slice(0, 200))];
  const at = asked.length % 8;
  const message = `${'.'.repeat(at * 60)}${quoted.slice(at).join(' ')}`;
  return [
    422,
    { error: { code: 'invalid_input', message, details: { fields: [{ name: 'x', messages: quoted }] } } },
  ];
}

/** Runs the real program; its output is a sink. */
async function pressluft(...args: readonly string[]): Promise<string> {
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'src/main.ts'), ...args],
      { env, timeout: 60_000, maxBuffer: 1e8, cwd: dir },
      (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`),
    );
  });
  sinks.push({ name: `pressluft ${args.join(' ')}`, text: output });
  return output;
}

test('secrets appear only in the places where they were put', { timeout: 300_000 }, async () => {
  for (let pass = 0; pass < 2; pass++) await pressluft('reconcile', '--log-level', 'debug');
  await pressluft('reconcile', '--format', 'json', '--log-level', 'debug');
  await pressluft('plan', '--save-observed', join(dir, 'observed.json'), '--log-level', 'debug');
  const work = join(dir, 'work');
  await mkdir(work);
  git(remote.repository, ['--work-tree', work, 'checkout', '-f', 'main', '--', '.']);
  const reports = ['json', 'github', 'gitlab', 'sarif', 'junit'];
  const verbs: readonly (readonly string[])[] = [
    ['plan', '--format', 'json', '--log-level', 'debug'],
    ['plan', '--format', 'markdown', '--observed', 'status', '--verbose'],
    ['plan', '--observed', join(dir, 'observed.json'), '--verbose'],
    ['status', '--verbose'],
    ['status', '--format', 'json'],
    ['explain', 'node/web-1', '--verbose'],
    ['explain', 'environment/acme-production', '--format', 'json'],
    ['explain', 'provider/file', '--format', 'json'],
    ['history', 'node/web-1', '--verbose'],
    ['history', 'environment/acme-production', '--format', 'json'],
    ['doctor', '--verbose'],
    ['doctor', '--format', 'json'],
    ['wp', 'acme-production', '--log-level', 'debug', '--', 'option', 'get', 'siteurl'],
    [
      'validate',
      work,
      ...reports.flatMap((format) => ['--report', `${format}=${join(dir, 'reports', format)}`]),
    ],
  ];
  await Promise.all(verbs.map((verb) => pressluft(...verb)));

  // Each secret was used: otherwise its absence would prove nothing.
  for (const token of [sopsToken, variableToken, fileToken]) {
    expect(asked.some((call) => call.includes(token))).toBe(true);
  }
  const given = await node.given();
  expect(given.variables.includes(hash)).toBe(true);
  const orders = asked.filter((call) => call.startsWith('POST /servers'));
  const hostKey = /-----BEGIN OPENSSH PRIVATE KEY-----\\n\s*([^\\]+)/.exec(orders.join(''))?.[1] ?? '';
  expect(hostKey.length).toBeGreaterThan(30);
  const ownKey = (await readFile(join(dir, 'state/ssh/id_ed25519'), 'utf8')).split('\n')[2] ?? '';

  const all = [
    ...canaries,
    // All these keys have the same first line.
    { name: 'private key of a host', value: secondLine(orders.join('')) },
    { name: 'private key of the controller', value: ownKey },
  ];
  const status = git(remote.repository, ['log', '-p', '--format=%B', 'pressluft/status']);
  expect(status).toContain('[redacted]');
  sinks.push(
    { name: 'status branch', text: status },
    { name: 'saved observation', text: await readFile(join(dir, 'observed.json'), 'utf8') },
    { name: 'command lines', text: given.commandLines },
    { name: 'environments', text: given.environments },
    ...(await filesBelow(join(dir, 'state'), isSecretFile)),
    ...(await filesBelow(join(dir, 'reports'), () => false)),
  );
  expect(leaks(all, sinks)).toEqual([]);
  // The files of an Ansible run, which may contain secrets, are removed with it.
  expect(
    (await filesBelow(join(dir, 'state'), (path) => !path.startsWith('ansible/runs'))).map(
      ({ name }) => name,
    ),
  ).toEqual([]);
});

/** The key itself, and intents of the store, which contain the host key of a server that is not created yet. */
function isSecretFile(path: string): boolean {
  return path === 'ssh/id_ed25519' || path.startsWith('store.sqlite');
}

function secondLine(orders: string): string {
  return /PRIVATE KEY-----\\n\s*[^\\]+\\n\s*([^\\]+)/.exec(orders)?.[1] ?? '';
}

test('a secret is found in each of its forms, wrapped and cut in half', () => {
  const secret: Canary = { name: 's', value: 'canary/with+odd&characters-123456' };
  for (const [form, text] of formsOf(secret.value)) {
    const wrapped = `... ${text.slice(0, 5)}\n   ${text.slice(5)} ...`;
    expect(leaks([secret], [{ name: 'x', text: wrapped }]), form).not.toEqual([]);
  }
  for (const text of quotations(secret.value)) {
    expect(leaks([secret], [{ name: 'x', text: JSON.stringify(`at ${text}`) }]), text).not.toEqual([]);
  }
  expect(leaks([secret], [{ name: 'x', text: 'canary of another kind' }])).toEqual([]);
});
