import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AptSource } from './apt-sources.ts';

export interface PackageProxy {
  readonly url: string;
  close(): Promise<void>;
}

export interface PackageProxyOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly sources: readonly AptSource[];
  /** Where immutable files are kept. */
  readonly cacheDir: string;
  /** The host's own `Acquire::http::Proxy`, if it has one. */
  readonly upstreamProxy?: string | undefined;
}

/**
 * A forward proxy for apt: `GET` and `HEAD` below the host's own Debian archives, 403 for everything else. Packages and
 * by-hash indexes never change under their name, so they are cached on disk; the rest is passed through. An archive that
 * the host reaches by https is requested by https.
 */
export async function startPackageProxy(options: PackageProxyOptions): Promise<PackageProxy> {
  await mkdir(options.cacheDir, { recursive: true });
  const server = createServer((request, response) => {
    serve(options, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end('the archive cannot be reached\n');
    });
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  options: PackageProxyOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(403).end('only GET and HEAD\n');
    return;
  }
  const upstream = upstreamOf(request.url ?? '', options.sources);
  if (upstream === undefined) {
    response.writeHead(403).end("only the host's Debian archives\n");
    return;
  }
  const cached = isImmutable(upstream) ? cachePath(options.cacheDir, upstream) : undefined;
  const kept = cached === undefined ? undefined : await stat(cached).catch(() => undefined);
  if (cached !== undefined && kept !== undefined) {
    response.writeHead(200, { 'content-length': kept.size, 'x-lab-cache': 'hit' });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(cached), response);
    return;
  }
  await passThrough(options, upstream, request, response, cached);
}

/** The URL to fetch, or undefined for anything outside the archives; the path is normalised first. */
export function upstreamOf(requested: string, sources: readonly AptSource[]): URL | undefined {
  if (!URL.canParse(requested)) return undefined;
  const url = new URL(requested);
  if (url.protocol !== 'http:' || url.username !== '' || url.password !== '' || url.search !== '')
    return undefined;
  if (/%2e|%2f|%5c/i.test(url.pathname)) return undefined;
  for (const source of sources) {
    const archive = new URL(source.uri);
    const sameHost = url.hostname === archive.hostname && (url.port === archive.port || url.port === '');
    const prefix = archive.pathname.endsWith('/') ? archive.pathname : `${archive.pathname}/`;
    if (sameHost && url.pathname.startsWith(prefix)) return new URL(url.pathname, archive.origin);
  }
  return undefined;
}

function isImmutable(url: URL): boolean {
  return /\.u?deb$/.test(url.pathname) || url.pathname.includes('/by-hash/');
}

function cachePath(cacheDir: string, url: URL): string {
  const digest = createHash('sha256').update(url.href).digest('hex');
  return join(cacheDir, digest.slice(0, 2), `${digest.slice(2, 18)}-${basename(url.pathname).slice(0, 100)}`);
}

const forwardedRequestHeaders = ['if-modified-since', 'if-none-match', 'range', 'if-range', 'cache-control'];
const forwardedResponseHeaders = [
  'content-length',
  'content-type',
  'content-range',
  'last-modified',
  'etag',
  'accept-ranges',
  'location',
];

async function passThrough(
  options: PackageProxyOptions,
  upstream: URL,
  request: IncomingMessage,
  response: ServerResponse,
  keepAs: string | undefined,
): Promise<void> {
  const headers = pick(request.headers, keepAs === undefined ? forwardedRequestHeaders : []);
  const answer = await fetchUpstream(upstream, request.method ?? 'GET', headers, options.upstreamProxy);
  const status = answer.statusCode ?? 502;
  response.writeHead(status, pick(answer.headers, forwardedResponseHeaders));
  if (keepAs === undefined || status !== 200 || request.method === 'HEAD') {
    await pipeline(answer, response);
    return;
  }
  await keepWhileStreaming(answer, response, keepAs);
}

function pick(
  headers: IncomingMessage['headers'],
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

function fetchUpstream(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  proxy: string | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const withHost = { ...headers, host: url.host, 'user-agent': 'pressluft-lab' };
    const outgoing =
      url.protocol === 'https:'
        ? httpsRequest(url, { method, headers: withHost })
        : proxy === undefined
          ? httpRequest(url, { method, headers: withHost })
          : httpRequest(new URL(proxy), { method, headers: withHost, path: url.href });
    outgoing.setTimeout(60_000, () => outgoing.destroy(new Error('the archive did not answer in 60 s')));
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/** A file appears in the cache only when complete: it is moved there once its length matches. */
async function keepWhileStreaming(
  answer: IncomingMessage,
  response: ServerResponse,
  keepAs: string,
): Promise<void> {
  await mkdir(dirname(keepAs), { recursive: true });
  const partial = `${keepAs}.${randomBytes(6).toString('hex')}.partial`;
  const file = createWriteStream(partial);
  file.on('error', (error) => response.destroy(error));
  try {
    await pipeline(
      answer,
      async function* tee(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          if (!file.write(chunk)) await new Promise<void>((drained) => file.once('drain', () => drained()));
          yield chunk;
        }
      },
      response,
    );
    await new Promise<void>((resolve, reject) => {
      file.once('error', reject);
      file.end(() => resolve());
    });
    const expected = Number(answer.headers['content-length'] ?? Number.NaN);
    if ((await stat(partial)).size === expected) await rename(partial, keepAs);
  } finally {
    file.destroy();
    await rm(partial, { force: true });
  }
}
