import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixture, identity } from '../adapters/secrets/sops-fixtures.ts';
import { compileCache } from '../support/compile-cache.ts';
import { type LocalRepository, localRepository } from '../support/local-repository.ts';

/** In fixtures/default.sops.yaml, at hetzner.token. */
const canary = 'canary-hetzner-token-7f3a';
const sha = '0'.repeat(64);
const root = join(import.meta.dirname, '../..');

let repository: LocalRepository;
let server: Server;
let seen: (string | undefined)[];
beforeEach(async () => {
  repository = await localRepository();
  seen = [];
  server = createServer(({ headers: { authorization } }, reply) => {
    seen.push(authorization);
    // Like an API that quotes rejected input.
    const message = `the token ${authorization} is not valid, ${Buffer.from(`x${authorization}`).toString('base64')}`;
    reply.writeHead(401, { 'content-type': 'application/json' });
    reply.end(JSON.stringify({ error: { code: 'unauthorized', message } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const manifest = (kind: string, name: string, spec: object) =>
    JSON.stringify({ apiVersion: 'pressluft.dev/v1', kind, metadata: { name }, spec });
  await repository.commit({
    'pressluft.yaml': manifest('Pressluft', 'demo', {
      artifacts: { wordpress: { '7.1.1': sha }, wpCli: { '2.12.0': sha } },
    }),
    'provider.yaml': manifest('Provider', 'cloud', {
      type: 'hetzner',
      location: 'fsn1',
      token: { sops: { file: 'secrets/fleet.sops.yaml', key: 'hetzner.token' } },
    }),
    'node.yaml': manifest('Node', 'web-1', { provider: 'cloud', serverType: 'cx23' }),
    'secrets/fleet.sops.yaml': new TextDecoder().decode(await fixture('default.sops.yaml')),
  });
});
afterEach(async () => {
  server.close();
  await rm(repository.dir, { recursive: true, force: true });
});

test('a token in a SOPS file is used and does not appear in output, logs, records or the state directory', async () => {
  const first = await pressluft(['reconcile', '--log-level', 'debug'], await identity('controller'));
  expect(seen[0]).toBe(`Bearer ${canary}`);
  const plan = await pressluft(['plan', '--format', 'json'], await identity('controller'));
  const status = await pressluft(['status', '--format', 'json'], await identity('controller'));
  const explained = await pressluft(['explain', 'provider/cloud'], await identity('controller'));
  expect(status).toContain('TokenRefused');
  const records = await repository.git('--git-dir', repository.url, 'log', '-p', 'pressluft/status');
  expect(records).toContain('TokenRefused');
  // The answer of the API quotes the token, and the record quotes the answer.
  expect(records).toContain('[redacted]');
  const everything = [
    first,
    plan,
    status,
    explained,
    records,
    await contentOf(join(repository.dir, 'state')),
  ];
  const forms = [
    canary,
    'S64VCJ7MYFYG7250',
    Buffer.from(`xBearer ${canary}`).toString('base64').slice(12, -4),
  ];
  for (const text of everything) for (const form of forms) expect(text).not.toContain(form);
});

test('the status reports the wrong key, with the recipients of the file and the next step', async () => {
  const output = await pressluft(['reconcile'], await identity('foreign'));
  expect(seen).toEqual([]);
  const status = await pressluft(['explain', 'provider/cloud'], await identity('foreign'));
  expect(status).toContain('SecretUnavailable');
  expect(status).toContain('is encrypted to age19ddjgguzkw5t3wyauz8jyjjp9stjmuacdgekrpn2z24fwsy6wyuqdk8rx6');
  expect(output + status).not.toContain('AGE-SECRET-KEY');
});

/** Standard output and error of the real program. */
function pressluft(args: readonly string[], key: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: repository.dir,
    ...compileCache,
    PRESSLUFT_REPO: repository.url,
    PRESSLUFT_STATE_DIR: join(repository.dir, 'state'),
    PRESSLUFT_HCLOUD_ENDPOINT: `http://127.0.0.1:${port}`,
    SOPS_AGE_KEY: key,
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'src/main.ts'), ...args],
      { env, timeout: 60_000 },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}

async function contentOf(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')));
  return texts.join('\n');
}
