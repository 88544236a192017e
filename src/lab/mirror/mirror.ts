import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { closed, listening } from '../api/http-service.ts';
import { buildMirror, type MirrorBuildOptions } from './build.ts';
import { type Artifact, allArtifacts, type MirrorCatalogue } from './catalogue.ts';

export interface MirrorOptions extends MirrorBuildOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port?: number;
}

export interface Mirror {
  readonly url: string;
  readonly catalogue: MirrorCatalogue;
  /** How often each path was requested, found or not. */
  hits(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Serves the files that nodes would download from wordpress.org, and builds them first when they are missing. Only listed files are served. */
export async function createMirror(options: MirrorOptions): Promise<Mirror> {
  const dir = await buildMirror(options);
  const catalogue = JSON.parse(await readFile(join(dir, 'catalogue.json'), 'utf8')) as MirrorCatalogue;
  const artifacts = new Map(allArtifacts(catalogue).map((artifact) => [artifact.path, artifact]));
  const hits = new Map<string, number>();

  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://mirror.invalid');
    const path = url?.pathname ?? '/';
    hits.set(path, (hits.get(path) ?? 0) + 1);
    void answer(dir, catalogue, artifacts.get(path), path, url?.searchParams, request, response).catch(() =>
      response.destroy(),
    );
  });
  await listening(server, options.host, options.port ?? 0);
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    catalogue,
    hits: () => Object.fromEntries(hits),
    close: () => closed(server),
  };
}

async function answer(
  dir: string,
  catalogue: MirrorCatalogue,
  artifact: Artifact | undefined,
  path: string,
  query: URLSearchParams | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  } else if (artifact) {
    await sendFile(join(dir, artifact.path), artifact, request, response);
  } else if (path === '/catalogue.json') {
    sendJson(response, 200, JSON.stringify(catalogue));
  } else if (path === '/core/checksums/1.0/') {
    sendJson(response, 200, await checksums(dir, catalogue, query?.get('version') ?? ''));
  } else {
    sendJson(response, 404, JSON.stringify({ error: `the mirror does not have ${path.slice(0, 200)}` }));
  }
}

async function sendFile(
  file: string,
  artifact: Artifact,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${artifact.sha256}"`;
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ETag: etag }).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': artifact.sizeBytes,
    ETag: etag,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  // A client may disconnect during a download.
  await pipeline(createReadStream(file), response).catch(() => response.destroy());
}

/** wordpress.org answers `false` for an unknown version. */
async function checksums(dir: string, catalogue: MirrorCatalogue, version: string): Promise<string> {
  if (!Object.hasOwn(catalogue.wordpress, version)) return '{"checksums":false}';
  return readFile(join(dir, 'checksums', `${version}.json`), 'utf8');
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    .end(body);
}
