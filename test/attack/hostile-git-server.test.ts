import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitRepository, type GitRepositoryOptions } from '../../src/adapters/git/git-repository.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import type { GitRepository } from '../../src/ports/git-repository.ts';
import {
  type Answer,
  advertisement,
  advertisementType,
  bombDelta,
  packet,
  packOf,
  type RawServer,
  rawServer,
  servePack,
} from './raw-git-server.ts';
import { commitContent, rawObject, treeContent } from './raw-repository.ts';

const statusBranch = 'pressluft/status';
const canary = 'canary-git-password-5d1e';

const file = Buffer.alloc(65_536, 0x61);
const blob = rawObject('blob', file).oid;
const tree = treeContent([{ mode: '100644', name: 'a', oid: blob }]);
const commit = Buffer.from(commitContent(rawObject('tree', tree).oid));
const tip = rawObject('commit', commit).oid;
const soundObjects = [
  { type: 'commit', content: commit },
  { type: 'tree', content: tree },
  { type: 'blob', content: file },
] as const;

let dir: string;
let opened: { close(): Promise<void> }[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-server-'));
  opened = [];
});
afterEach(async () => {
  for (const each of opened) await each.close();
  await rm(dir, { recursive: true, force: true });
});

async function server(answer: Answer): Promise<RawServer> {
  const started = await rawServer(answer);
  opened.push(started);
  return started;
}

async function repository(url: string, options: Partial<GitRepositoryOptions> = {}): Promise<GitRepository> {
  const git = await createGitRepository({
    dir: join(dir, 'clone'),
    url,
    branch: 'main',
    auth: { kind: 'password', username: 'dana', password: async () => canary },
    timeoutMs: 15_000,
    idleTimeoutMs: 2000,
    ...options,
  });
  return git;
}

/** The error of a fetch. */
async function failure(git: GitRepository): Promise<{ code: string; message: string }> {
  const error: unknown = await git.fetch(statusBranch).then(
    () => new Error('it was fetched'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'PressluftError' });
  const { code, message } = error as { code: string; message: string };
  expect(message).not.toContain(canary);
  return { code, message };
}

describe('a Git server', { timeout: 60_000 }, () => {
  test('whose pack of some hundred bytes unpacks to 60 GiB is refused before it does', async () => {
    const bomb = { type: 'delta', content: bombDelta(file.length, 1_000_000), base: blob } as const;
    const pack = packOf([...soundObjects, bomb]);
    expect(pack.length).toBeLessThan(2000);
    const { url } = await server(servePack([['refs/heads/main', tip]], pack));
    const { code, message } = await failure(await repository(url));
    expect([code, message]).toEqual([errors.gitFailed, expect.stringContaining('attempting to allocate')]);
  });

  test('cannot use commands for git or invalid names as names of refs', async () => {
    const { url } = await server(
      servePack(
        [
          ['refs/heads/main', tip],
          ['refs/tags/x\nabort', tip],
          ['refs/tags/y\nprepare', tip],
          ['refs/tags/a..b', tip],
          ['refs/tags/../../config', tip],
          ['refs/tags/-d', tip],
          ['refs/tags/good', tip],
        ],
        packOf(soundObjects),
      ),
    );
    const git = await repository(url);
    expect(await git.fetch(statusBranch)).toEqual({ source: tip, status: null });
    expect(await git.tips(statusBranch)).toEqual({ source: tip, status: null });
    expect(await git.resolve('good')).toBe(tip);
    expect(await git.resolve('a..b')).toBeNull();
  });

  test('whose list of refs never ends is disconnected, and the list is not kept', async () => {
    const lines = Buffer.concat(
      Array.from({ length: 64 }, () => packet(`${tip} refs/heads/${'x'.repeat(900)}\n`)),
    );
    const { url } = await server((request, response) => {
      response.writeHead(200, advertisementType);
      response.write(advertisement([['refs/heads/main', tip]]).subarray(0, -4));
      forever(response, lines);
      request.resume();
    });
    const before = process.memoryUsage().rss;
    const { code, message } = await failure(await repository(url));
    expect([code, message]).toEqual([errors.gitFailed, expect.stringContaining('33554432 bytes')]);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1_048_576);
  });

  test('whose list of refs is truncated anywhere does not make a branch count as deleted', async () => {
    const refs = [
      ['refs/heads/main', tip],
      [`refs/heads/${statusBranch}`, tip],
    ] as const;
    const list = advertisement(refs);
    let length = list.length;
    let isBroken = false;
    const { url } = await server((request, response) => {
      if (request.method !== 'GET') return servePack(refs, packOf(soundObjects))(request, response);
      response.writeHead(200, advertisementType);
      response.write(list.subarray(0, length), () => (isBroken ? response.destroy() : response.end()));
    });
    const git = await repository(url);
    expect(await git.fetch(statusBranch)).toEqual({ source: tip, status: tip });
    for (const cut of [1, 4, 5, 40, 100, 130]) {
      for (isBroken of [true, false]) {
        length = list.length - cut;
        expect((await failure(git)).code, `${cut} bytes less`).toMatch(/PL30(02|09)/);
        expect(await git.tips(statusBranch)).toEqual({ source: tip, status: tip });
      }
    }
  });

  test.each([
    ['the list of refs', 'GET'],
    ['the pack', 'POST'],
  ])('that sends %s byte by byte is disconnected after the time limit', async (_, method) => {
    const answer = servePack([['refs/heads/main', tip]], packOf(soundObjects));
    const { url } = await server((request, response) => {
      if (request.method !== method) return answer(request, response);
      response.writeHead(200, advertisementType);
      const bytes = advertisement([['refs/heads/main', tip]]);
      let at = 0;
      const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 100);
      response.on('close', () => clearInterval(timer));
    });
    // Without a limit it would never end.
    const { code } = await failure(await repository(url, { timeoutMs: 2500 }));
    expect(code).toBe(errors.remoteUnreachable);
  });

  test.each([
    'file:///etc/passwd',
    'ssh://attacker.example/x',
    'gopher://127.0.0.1/',
    'http://[',
    'javascript:1',
  ])('that redirects to %s is not followed', async (location) => {
    const { url } = await server((_request, response) => response.writeHead(302, { location }).end());
    expect((await failure(await repository(url))).code).toBe(errors.remoteUnreachable);
  });

  test('that redirects to another address, with or without its own credentials, does not leak ours', async () => {
    const inner = await server((_request, response) => response.writeHead(404).end());
    const { host } = new URL(inner.url);
    for (const location of [`http://${host}/x/info/refs`, `http://user:secret@${host}/x/info/refs`]) {
      const outer = await server((_request, response) => response.writeHead(302, { location }).end());
      await failure(await repository(outer.url, { dir: join(dir, `clone-${opened.length}`) }));
      expect(outer.requests[0]?.headers.authorization).toContain('Basic ');
    }
    expect(inner.requests.length).toBeGreaterThanOrEqual(2);
    for (const { headers } of inner.requests)
      expect(JSON.stringify(headers)).not.toMatch(/authorization|Basic/i);
  });
});

/** Writes as long as the other side reads. */
function forever(response: ServerResponse, bytes: Buffer): void {
  const write = () => {
    while (!response.destroyed && response.write(bytes));
  };
  response.on('drain', write);
  write();
}
