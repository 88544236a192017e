import type { Exchange, WireRequest } from '../../../src/adapters/hetzner/connection.ts';
import { authorize, errorReply } from '../../../src/lab/cloud/answer.ts';
import { ApiError, type ApiErrorCode } from '../../../src/lab/cloud/api-error.ts';
import type { SimHetzner } from './sim-hetzner.ts';

export interface Asked {
  readonly request: WireRequest;
  /** Name of the requesting process. */
  readonly by: string;
  readonly token: string;
  readonly fault: string | null;
}

type Reply = Extract<Exchange, { kind: 'reply' }>;

/** Handles a request: applies its effect and returns the reply. */
export function answer(account: SimHetzner, asked: Asked): Reply {
  const { fault } = asked;
  if (fault === 'rate-limited') account.bucket.drain(account.nowMs, 0);
  if (fault === 'token-refused') {
    account.refusesTokensUntilMs = account.nowMs + account.random.between(5_000, 120_000);
  }
  const isAllowed = account.bucket.take(account.nowMs);
  const headers = {
    ...account.bucket.headers(account.wallMs),
    date: new Date(account.wallMs).toUTCString(),
  };
  const json = { ...headers, 'content-type': 'application/json' };
  if (fault === 'bad-gateway') return { kind: 'reply', status: 502, headers, body: gatewayPage };
  try {
    if (!isAllowed) throw new ApiError('rate_limit_exceeded', 'limit of requests per hour reached');
    const failure = failureBefore(fault);
    if (failure !== null) throw failure;
    const { status, body } = carryOut(account, asked);
    const failureLater = failureAfter(fault);
    if (fault === 'bad-gateway-after') return { kind: 'reply', status: 502, headers, body: gatewayPage };
    if (failureLater !== null) throw failureLater;
    const text = body === undefined ? '' : JSON.stringify(body);
    return fault === 'malformed'
      ? { kind: 'reply', status, headers, body: cutOff(text) }
      : { kind: 'reply', status, headers: json, body: text };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, body } = errorReply(error);
    return { kind: 'reply', status, headers: json, body: JSON.stringify(body) };
  }
}

function carryOut(account: SimHetzner, { request, by, token, fault }: Asked) {
  const isRefused = account.refusesTokensUntilMs > account.nowMs;
  authorize(isRefused ? undefined : account.tokens.get(token), request.method);
  return account.answer({ ...request, by, fault });
}

const codesBefore: Readonly<Record<string, ApiErrorCode>> = {
  unavailable: 'unavailable',
  'gateway-timeout': 'timeout',
  'server-error': 'server_error',
  conflict: 'conflict',
  locked: 'locked',
};

const codesAfter: Readonly<Record<string, ApiErrorCode>> = {
  'gateway-timeout-after': 'timeout',
  'server-error-after': 'server_error',
};

function failureBefore(fault: string | null): ApiError | null {
  const code = fault === null ? undefined : codesBefore[fault];
  return code === undefined ? null : new ApiError(code, `the provider says ${code}`);
}

function failureAfter(fault: string | null): ApiError | null {
  const code = fault === null ? undefined : codesAfter[fault];
  return code === undefined ? null : new ApiError(code, `the provider says ${code}`);
}

const gatewayPage = '<html><head><title>502 Bad Gateway</title></head></html>';

function cutOff(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}
