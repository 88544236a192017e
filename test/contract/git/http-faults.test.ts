import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGitRepository, type GitRepositoryOptions } from '../../../src/adapters/git/git-repository.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { commitOn, tipOf } from './fixture.ts';
import { httpRemote, type RealRemote, testPassword } from './remotes.ts';

const status = 'pressluft/status';

describe('a Git server over HTTP that misbehaves', () => {
  let dir: string;
  let remote: RealRemote;
  let tip: CommitSha;
  let clones = 0;
  const servers: Server[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-git-http-'));
    remote = await httpRemote();
    tip = commitOn(remote.repository, 'main', { 'a.yaml': '1' });
  });
  afterEach(async () => {
    await remote.faults({});
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  afterAll(async () => {
    await remote.close();
    await rm(dir, { recursive: true, force: true });
  });

  const open = (options: Partial<GitRepositoryOptions> = {}) => {
    clones += 1;
    return createGitRepository({
      dir: join(dir, `clone-${clones}`),
      url: remote.url,
      branch: 'main',
      timeoutMs: 10_000,
      idleTimeoutMs: 1000,
      ...(remote.auth === undefined ? {} : { auth: remote.auth }),
      ...options,
    });
  };

  /** A server that answers itself, or forwards the request to the real one. */
  async function front(
    answer: (incoming: IncomingMessage, response: ServerResponse) => boolean,
  ): Promise<{ url: string; requests: IncomingMessage[] }> {
    const requests: IncomingMessage[] = [];
    const server = createServer((incoming, response) => {
      requests.push(incoming);
      if (answer(incoming, response)) return;
      const target = new URL(remote.url);
      const { method, headers, url: path } = incoming;
      const upstream = request(
        { host: target.hostname, port: target.port, path, method, headers },
        (reply) => {
          response.writeHead(reply.statusCode ?? 500, reply.headers);
          reply.pipe(response);
        },
      );
      incoming.pipe(upstream);
    });
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { url: `http://127.0.0.1:${port}/fleet.git`, requests };
  }

  it('uses credentials that are part of the URL, and never shows them', async () => {
    const url = remote.url.replace('http://', `http://pressluft:${encodeURIComponent(testPassword)}@`);
    const { auth: _, ...bare } = { auth: undefined, url };
    const clone = join(dir, 'with-user-info');
    const repository = await createGitRepository({ dir: clone, branch: 'main', ...bare });
    expect((await repository.fetch(status)).source).toBe(tip);
    const wrong = await createGitRepository({
      dir: join(dir, 'with-wrong-user-info'),
      branch: 'main',
      url: url.replace('correct', 'incorrect-secret'),
    });
    const error = await wrong.fetch(status).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: errors.remoteRefusedCredentials });
    expect(`${error}${JSON.stringify(error)}`).not.toContain('incorrect-secret');
  });

  it('requests the token for every operation, so that a rotated one is picked up', async () => {
    const tokens = ['expired-token-0000', testPassword];
    const repository = await open({
      auth: { kind: 'token', username: 'pressluft', token: async () => tokens.shift() ?? testPassword },
    });
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.remoteRefusedCredentials });
    expect((await repository.fetch(status)).source).toBe(tip);
  });

  it('reports credentials that expire between two requests of one operation', async () => {
    const { url } = await front((incoming, response) => {
      if (incoming.method !== 'POST') return false;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    const repository = await open({ url });
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.remoteRefusedCredentials });
    expect(await repository.tips(status)).toEqual({ source: null, status: null });
    const direct = await open();
    await direct.fetch(status);
    await remote.faults({ refuseCredentials: 1 });
    await expect(direct.fetch(status)).rejects.toMatchObject({ code: errors.remoteRefusedCredentials });
    expect((await direct.fetch(status)).source).toBe(tip);
  });

  it('follows a redirect on the same server with credentials, and pushes there too', async () => {
    const { url, requests } = await front((incoming, response) => {
      if (!incoming.url?.startsWith('/old.git')) return false;
      response.writeHead(301, { Location: incoming.url.replace('/old.git', '/fleet.git') }).end();
      return true;
    });
    const repository = await open({ url: url.replace('fleet.git', 'old.git') });
    expect((await repository.fetch(status)).source).toBe(tip);
    const changes = new Map([['status/a.yaml', 'x']]);
    const commit = await repository.commit({ parent: null, changes, message: 'status', at: 0 });
    await repository.push('redirected', commit, null);
    expect(tipOf(remote.repository, 'redirected')).toBe(commit);
    expect(
      requests
        .filter(({ method }) => method === 'POST')
        .every(({ url: path }) => path?.startsWith('/fleet.git')),
    ).toBe(true);
  });

  it('sends no credentials to another host when redirected', async () => {
    const other = await front((_, response) => {
      response.writeHead(401).end();
      return true;
    });
    const { url } = await front((incoming, response) => {
      response
        .writeHead(302, {
          Location: `${other.url.replace('127.0.0.1', 'localhost')}${incoming.url?.slice('/fleet.git'.length)}`,
        })
        .end();
      return true;
    });
    const repository = await open({ url });
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.remoteRefusedCredentials });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual(
      other.requests.map(() => undefined),
    );
  });

  it.each([
    ['a page instead of the protocol', 200, 'text/html', '<html>Sign in</html>', errors.gitFailed],
    [
      'a broken packet',
      200,
      'application/x-git-upload-pack-advertisement',
      'zzzz# service',
      errors.gitFailed,
    ],
    [
      'an advertisement that ends early',
      200,
      'application/x-git-upload-pack-advertisement',
      '00',
      errors.gitFailed,
    ],
    ['an internal error', 500, 'text/plain', 'oops', errors.remoteUnreachable],
    ['no repository', 404, 'text/plain', 'not found', errors.remoteUnreachable],
    ['a refusal', 403, 'text/plain', 'forbidden', errors.remoteRefusedCredentials],
  ])('explains %s', async (_, code, type, body, expected) => {
    const { url } = await front((__, response) => {
      response.writeHead(code, { 'content-type': type }).end(body);
      return true;
    });
    const error = await (await open({ url })).fetch(status).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expected });
  });

  it('stops reading a body that never ends', async () => {
    const { url } = await front((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      const timer = setInterval(() => response.write(Buffer.alloc(65_536, 'a')), 1);
      response.on('close', () => clearInterval(timer));
      return true;
    });
    const repository = await open({ url, maxPackBytes: 2_000_000 });
    await expect(repository.fetch(status)).rejects.toMatchObject({ code: errors.gitFailed });
  });

  it('leaves no ref and no pack behind when the pack breaks off', async () => {
    const { url } = await front((incoming, response) => {
      if (incoming.method !== 'POST') return false;
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
      response.end(
        Buffer.concat([Buffer.from('0008NAK\n'), Buffer.from('0011\u0001PACK\0\0\0\u0002\0\0\0\u0001')]),
      );
      return true;
    });
    const repository = await open({ url });
    await expect(repository.fetch(status)).rejects.toMatchObject({
      code: expect.stringMatching(/PL300[29]/),
    });
    expect(await repository.tips(status)).toEqual({ source: null, status: null });
  });
});
