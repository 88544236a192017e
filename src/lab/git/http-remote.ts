import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { closed, listening } from '../api/http-service.ts';
import { toolEnvironment } from '../machines/run-tool.ts';
import { gitEnvironment } from './repository.ts';

export interface HttpRemoteOptions {
  /** Directory whose repositories are served; a request names one of them. */
  readonly repository: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface HttpRemote {
  readonly url: string;
  /** The next `count` requests with valid credentials are refused as if the credentials had expired. */
  refuseCredentials(count: number): void;
  refusalsLeft(): number;
  close(): Promise<void>;
}

/** A push or fetch that takes longer is killed. */
const requestTimeoutMs = 10 * 60_000;

/** One repository over Git's smart HTTP protocol, by `git http-backend` as a CGI program. Bodies are streamed both ways. */
export async function startHttpRemote(options: HttpRemoteOptions): Promise<HttpRemote> {
  const path = options.repository.slice(dirname(options.repository).length);
  let refusals = 0;
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://git.invalid');
    if (url === null || !isServed(path, url.pathname)) {
      response.writeHead(404).end();
    } else if (!isAuthorized(request, options) || refusals > 0) {
      if (isAuthorized(request, options)) refusals -= 1;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="lab"' }).end();
    } else {
      runBackend(options, url, request, response);
    }
  });
  await listening(server, options.host, options.port);
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}${path}`,
    refuseCredentials: (count) => {
      refusals = count;
    },
    refusalsLeft: () => refusals,
    close: () => closed(server),
  };
}

/** Only the smart protocol: the repository's files, hooks and configuration are not served. */
function isServed(repository: string, path: string): boolean {
  return ['/info/refs', '/git-upload-pack', '/git-receive-pack'].some(
    (end) => path === `${repository}${end}`,
  );
}

function isAuthorized(request: IncomingMessage, { user, password }: HttpRemoteOptions): boolean {
  const encoded = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const given = Buffer.from(encoded, 'base64');
  const expected = Buffer.from(`${user}:${password}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function runBackend(
  options: HttpRemoteOptions,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const child = spawn('git', ['http-backend'], {
    env: { ...toolEnvironment, ...gitEnvironment, ...cgiEnvironment(options, url, request) },
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: requestTimeoutMs,
    killSignal: 'SIGKILL',
  });
  child.on('error', () => fail(response));
  // The backend may end before it has read everything, and the client may disconnect before it has received everything.
  child.stdin.on('error', () => undefined);
  request.on('error', () => undefined);
  response.on('close', () => {
    if (!response.writableFinished) child.kill('SIGKILL');
  });
  request.pipe(child.stdin);
  void relayCgi(child.stdout, response).catch(() => fail(response));
}

function cgiEnvironment(
  options: HttpRemoteOptions,
  url: URL,
  request: IncomingMessage,
): Record<string, string> {
  const optional = {
    CONTENT_LENGTH: request.headers['content-length'],
    CONTENT_TYPE: request.headers['content-type'],
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    GIT_PROTOCOL: request.headers['git-protocol'],
  };
  return {
    GIT_PROJECT_ROOT: dirname(options.repository),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    REMOTE_USER: options.user,
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    ...Object.fromEntries(
      Object.entries(optional).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as const] : [],
      ),
    ),
  };
}

const maxHeaderBytes = 64 * 1024;

/** Turns the CGI program's output (RFC 3875, section 6) into the response: headers up to an empty line, then the body as it comes. */
async function relayCgi(output: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    let body: Buffer = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = /\r?\n\r?\n/.exec(head.toString('latin1'));
      if (!end) {
        if (head.length > maxHeaderBytes) throw new Error('the headers of git http-backend do not end');
        continue;
      }
      writeHead(response, head.subarray(0, end.index).toString('latin1'));
      body = head.subarray(end.index + end[0].length);
      head = undefined;
    }
    if (!response.write(body)) await drained(response);
  }
  if (head !== undefined) throw new Error('git http-backend printed nothing');
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else if (colon > 0) response.setHeader(name, value);
  }
  response.writeHead(status);
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end();
}
