import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Query with its leading `?`, or empty. */
  readonly search: string;
  readonly origin: string;
  readonly authorization: string | undefined;
  readonly text: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object | string | undefined;
  /** Destroys the connection instead of answering. */
  readonly destroy?: boolean;
}

export interface HttpService {
  listen(host: string, port: number): Promise<string>;
  close(): Promise<void>;
}

const maxBodyBytes = 1024 * 1024;

/** A small JSON service on any number of addresses. `answer` must not throw. */
export function createHttpService(answer: (request: HttpRequest) => Promise<HttpReply>): HttpService {
  const servers: Server[] = [];
  return {
    listen: async (host, port) => {
      const server = createServer((request, response) => void serve(answer, request, response));
      servers.push(server);
      await listening(server, host, port);
      return `http://${host}:${(server.address() as AddressInfo).port}`;
    },
    close: async () => {
      await Promise.all(servers.map(closed));
    },
  };
}

export function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  answer: (request: HttpRequest) => Promise<HttpReply>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await readBody(request);
  if (text === undefined) {
    response.writeHead(413).end();
    return;
  }
  const url = URL.parse(request.url ?? '/', 'http://lab.invalid');
  if (!url) {
    response.writeHead(400).end();
    return;
  }
  const reply = await answer({
    method: request.method ?? 'GET',
    path: url.pathname,
    search: url.search,
    origin: `http://${request.headers.host ?? 'localhost'}`,
    authorization: request.headers.authorization,
    text,
  });
  if (reply.destroy) {
    request.socket.destroy();
    return;
  }
  if (reply.body === undefined) {
    response.writeHead(reply.status, reply.headers).end();
    return;
  }
  const isText = typeof reply.body === 'string';
  const payload = isText ? String(reply.body) : JSON.stringify(reply.body);
  response
    .writeHead(reply.status, {
      ...reply.headers,
      'Content-Type': isText ? 'text/html' : 'application/json',
      'Content-Length': Buffer.byteLength(payload),
    })
    .end(payload);
}

/** The whole body as text, or undefined when it is over the size limit or did not end. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
