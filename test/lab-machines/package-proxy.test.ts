import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { readDebianSources, renderSourcesList } from '../../src/lab/proxy/apt-sources.ts';
import { type PackageProxy, startPackageProxy, upstreamOf } from '../../src/lab/proxy/package-proxy.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-proxy-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('the apt sources of the host', () => {
  test('Debian archives in both formats are used with the release of the image', async () => {
    await mkdir(join(dir, 'sources.list.d'));
    await writeFile(
      join(dir, 'sources.list'),
      '# deb http://old.example/debian trixie main\ndeb [signed-by=/k.gpg] https://mirror.example/debian/ trixie main contrib # note\n',
    );
    await writeFile(
      join(dir, 'sources.list.d', 'debian.sources'),
      'Types: deb deb-src\n# a comment\nURIs: http://sec.example/debian-security\nSuites: trixie-security\nComponents: main\n\nTypes: deb\nURIs: http://x.example/debian\nSuites: trixie\nComponents: main\nEnabled: no\n',
    );
    await writeFile(
      join(dir, 'sources.list.d', 'other.list'),
      'deb https://packages.example/apt stable main\ndeb http://mirror.example/debian trixie-backports main\n',
    );
    const sources = await readDebianSources('bookworm', dir);
    expect(sources).toEqual([
      { uri: 'https://mirror.example/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
      { uri: 'http://sec.example/debian-security', suites: ['bookworm-security'], components: ['main'] },
    ]);
    expect(renderSourcesList(sources)).toBe(
      'deb http://mirror.example/debian bookworm main contrib\ndeb http://sec.example/debian-security bookworm-security main\n',
    );
  });

  test('the error for a host without a Debian archive names what to add', async () => {
    await expect(readDebianSources('bookworm', dir)).rejects.toMatchObject({ code: errors.labUnsupported });
  });
});

describe('the package proxy', () => {
  const asked: string[] = [];
  let archive: Server;
  let origin: string;
  let proxy: PackageProxy;

  beforeEach(async () => {
    asked.length = 0;
    archive = createServer((incoming, response) => {
      asked.push(incoming.url ?? '');
      if (incoming.url?.includes('short') === true) {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('cut off', () => response.destroy());
      } else if (incoming.url?.includes('missing') === true) response.writeHead(404).end('no');
      else response.writeHead(200, { 'content-length': 7 }).end('content');
    });
    await new Promise<void>((resolve) => archive.listen(0, '127.0.0.1', () => resolve()));
    origin = `http://127.0.0.1:${(archive.address() as AddressInfo).port}`;
    proxy = await startPackageProxy({
      host: '127.0.0.1',
      port: 0,
      sources: [{ uri: `${origin}/debian`, suites: ['bookworm'], components: ['main'] }],
      cacheDir: dir,
    });
  });

  afterEach(async () => {
    await proxy.close();
    archive.close();
  });

  function get(url: string, method = 'GET'): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request(proxy.url, { path: url, method }, (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          body += chunk;
        });
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.once('error', reject);
      });
      outgoing.once('error', reject);
      outgoing.end();
    });
  }

  async function allFiles(): Promise<readonly string[]> {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  /** The content of the cache, or nothing while it is still writing. */
  async function keptFiles(): Promise<readonly string[]> {
    const names = await allFiles();
    return names.some((name) => name.endsWith('.partial')) ? [] : names;
  }

  test('a package is fetched once, an index every time', async () => {
    const content = { status: 200, body: 'content' };
    expect(await get(`${origin}/debian/pool/a.deb`)).toEqual(content);
    // The client has the last byte a moment before the cache has the file.
    await expect.poll(keptFiles).toHaveLength(1);
    for (const path of ['/debian/pool/a.deb', '/debian/InRelease', '/debian/InRelease']) {
      expect(await get(origin + path)).toEqual(content);
    }
    expect(asked).toEqual(['/debian/pool/a.deb', '/debian/InRelease', '/debian/InRelease']);
  });

  test('many at once get the whole content', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(`${origin}/debian/pool/b.deb`)));
    expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(['content']));
    await expect.poll(keptFiles).toHaveLength(1);
  });

  test('an answer that is cut off, or an error, is never kept', async () => {
    await expect(get(`${origin}/debian/pool/short.deb`)).rejects.toThrow();
    expect((await get(`${origin}/debian/pool/missing.deb`)).status).toBe(404);
    await expect.poll(allFiles).toEqual([]);
  });

  test.each([
    ['another host', 'http://example.org/debian/pool/a.deb'],
    ['another path of the host', '/other/pool/a.deb'],
    ['a path out of the archive', '/debian/../other/a.deb'],
    ['an encoded path out of the archive', '/debian/%2e%2e/other/a.deb'],
    ['a query', '/debian/pool/a.deb?x=1'],
  ])('%s is refused', async (_, url) => {
    expect((await get(url.startsWith('/') ? origin + url : url)).status).toBe(403);
    expect(asked).toEqual([]);
  });

  test('a method that changes something is refused', async () => {
    expect((await get(`${origin}/debian/pool/a.deb`, 'POST')).status).toBe(403);
  });

  test('an archive that the host reaches by https is requested by https', () => {
    const sources = [{ uri: 'https://mirror.example/debian', suites: ['bookworm'], components: ['main'] }];
    expect(upstreamOf('http://mirror.example/debian/a.deb', sources)?.href).toBe(
      'https://mirror.example/debian/a.deb',
    );
  });
});
