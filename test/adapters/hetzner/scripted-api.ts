import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Reaction of the server to a call: a reply, a broken connection, or no reply. */
export type Answer =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string | Buffer;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'destroy'
  | 'hang';

export interface ScriptedApi {
  readonly url: string;
  readonly calls: ApiCall[];
  /** `GET /servers` and so on, in the order of arrival. */
  readonly requests: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** A local HTTP server whose answers a function gives, call by call. */
export async function startApi(answer: (call: ApiCall, index: number) => Answer): Promise<ScriptedApi> {
  const calls: ApiCall[] = [];
  const server = createServer((request, response) => {
    void readCall(request).then((call) => {
      const index = calls.push(call) - 1;
      reply(response, answer(call, index));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    requests: () => calls.map((call) => `${call.method} ${call.path}`),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers in order; an additional call gets an error that no test expects. */
export function inOrder(...answers: readonly Answer[]): (call: ApiCall, index: number) => Answer {
  return (_call, index) => answers[index] ?? { status: 418, text: 'the script is over' };
}

export function apiError(status: number, code: string, message = `it is ${code}`): Answer {
  return { status, json: { error: { code, message } } };
}

export function page(
  key: string,
  items: readonly unknown[],
  pagination: Readonly<Record<string, unknown>> = {},
) {
  return {
    json: {
      [key]: items,
      meta: {
        pagination: {
          page: 1,
          per_page: 50,
          previous_page: null,
          next_page: null,
          last_page: 1,
          total_entries: items.length,
          ...pagination,
        },
      },
    },
  } satisfies Answer;
}

async function readCall(request: IncomingMessage): Promise<ApiCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://api.example');
  const text = Buffer.concat(chunks).toString();
  return {
    method: request.method ?? '',
    path: url.pathname.replace(/^\/v1/, ''),
    query: url.searchParams,
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'destroy') {
    response.destroy();
    return;
  }
  const body = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  response.end(body);
}
