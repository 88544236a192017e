import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ForgeKind = 'github' | 'forgejo' | 'gitlab';

export interface ForgeComment {
  readonly id: number;
  /** Name of the account that wrote it. */
  readonly author: string;
  body: string;
}

/** The comments of one pull request behind the API of a forge; the parts that posting a plan uses. */
export interface Forge {
  readonly kind: ForgeKind;
  /** Variables that the forge sets for its jobs. */
  readonly env: Readonly<Record<string, string>>;
  readonly comments: ForgeComment[];
  /** `METHOD path`, in order. */
  readonly requests: readonly string[];
  /** Answers every request of these methods with this status from now on; all methods if none is named. */
  refuse(status: number, ...methods: readonly string[]): void;
  close(): Promise<void>;
}

/** The accounts of the tokens that jobs get. GitHub and Forgejo do not tell them to the token. */
export const jobAccounts: Readonly<Record<ForgeKind, string>> = {
  github: 'github-actions[bot]',
  forgejo: 'forgejo-actions',
  gitlab: 'project_7_bot_1',
};

export const forgeToken = 'forge-token-1';
const pageSize = 30;

/**
 * GitHub: https://docs.github.com/rest/issues/comments, GitLab: https://docs.gitlab.com/api/notes, Forgejo: the swagger of its API v1.
 * A page has at most 30 entries, so that paging is tested.
 */
export async function startForge(kind: ForgeKind): Promise<Forge> {
  const comments: ForgeComment[] = [];
  const requests: string[] = [];
  let refusal: { readonly status: number; readonly methods: readonly string[] } | undefined;
  const base = kind === 'gitlab' ? '/api/v4/projects/7/merge_requests/12/notes' : commentsPath(kind);
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => send(response, 500, { message: String(error) }));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://forge.example');
    const method = request.method ?? '';
    requests.push(`${method} ${url.pathname}`);
    const body = await textOf(request);
    if (refusal !== undefined && (refusal.methods.length === 0 || refusal.methods.includes(method)))
      return send(response, refusal.status, { message: 'refused' });
    if (!isAuthorised(kind, request)) return send(response, 401, { message: 'Requires authentication' });
    if (method === 'GET' && url.pathname === '/api/v4/projects/7/merge_requests')
      return send(response, 200, url.searchParams.get('page') === '1' ? [{ iid: 12 }] : []);
    if (method === 'GET' && url.pathname === '/api/v4/user')
      return send(response, 200, { id: 7, username: jobAccounts.gitlab });
    if (method === 'GET' && url.pathname === '/api/user')
      return send(response, 403, { message: 'Resource not accessible by integration' });
    if (method === 'GET' && url.pathname === base)
      return send(
        response,
        200,
        page(kind, comments, url).map((comment) => shown(kind, comment)),
      );
    if (method === 'POST' && url.pathname === base) {
      const comment = { id: 100 + comments.length, author: jobAccounts[kind], body: bodyOf(body) };
      comments.push(comment);
      return send(response, 201, comment);
    }
    const update = kind === 'gitlab' ? 'PUT' : 'PATCH';
    const one = kind === 'gitlab' ? base : '/api/repos/acme/fleet/issues/comments';
    const found = comments.find(({ id }) => url.pathname === `${one}/${id}`);
    if (method !== update || found === undefined) return send(response, 404, { message: 'Not Found' });
    found.body = bodyOf(body);
    return send(response, 200, found);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    kind,
    comments,
    requests,
    env:
      kind === 'gitlab'
        ? { CI_API_V4_URL: `${root}/api/v4`, CI_PROJECT_ID: '7', CI_MERGE_REQUEST_IID: '12' }
        : { GITHUB_API_URL: `${root}/api`, GITHUB_REPOSITORY: 'acme/fleet', PULL_REQUEST: '12' },
    refuse: (status, ...methods) => {
      refusal = { status, methods };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function commentsPath(kind: ForgeKind): string {
  if (kind === 'gitlab') return '/api/v4/projects/7/merge_requests/12/notes';
  return '/api/repos/acme/fleet/issues/12/comments';
}

function isAuthorised(kind: ForgeKind, { headers }: IncomingMessage): boolean {
  return kind === 'gitlab'
    ? headers['private-token'] === forgeToken
    : headers.authorization === `Bearer ${forgeToken}`;
}

/** Forgejo answers all comments of an issue at once. */
function page(kind: ForgeKind, comments: readonly ForgeComment[], url: URL): readonly ForgeComment[] {
  if (kind === 'forgejo') return comments;
  const number = Number(url.searchParams.get('page') ?? '1');
  return comments.slice((number - 1) * pageSize, number * pageSize);
}

function shown(kind: ForgeKind, { id, author, body }: ForgeComment) {
  return kind === 'gitlab'
    ? { id, body, author: { username: author } }
    : { id, body, user: { login: author } };
}

function bodyOf(text: string): string {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('body' in value) || typeof value.body !== 'string')
    throw new TypeError('no body');
  return value.body;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
