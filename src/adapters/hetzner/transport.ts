import { type JsonReader, parseJson, readJson } from '../../fleet/json-reader.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ServerTime } from '../../ports/provider.ts';
import type { Random } from '../../ports/random.ts';
import { cleanText, type FailedRequest, requestError } from './api-errors.ts';
import type { Connection, Exchange, WireRequest } from './connection.ts';
import type { Priority, RateBudget } from './rate-budget.ts';
import { type Fields, fields, malformed } from './reader.ts';
import { decideRetry, type FailedOutcome } from './retry-policy.ts';

export type Query = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export interface ApiRequest {
  readonly method: WireRequest['method'];
  /** Path without the query. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Whether the request is idempotent; default: all methods except POST. */
  readonly idempotent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  /** Returns the body of a successful reply; throws PL4001–PL4013 otherwise. Retries as {@link decideRetry} decides. */
  request(request: ApiRequest): Promise<Fields>;
  serverTime(): ServerTime | null;
  /** Monotonic clock of the transport in ms, for time limits over several requests. */
  monotonic(): number;
}

export interface TransportDeps {
  readonly connection: Connection;
  readonly budget: RateBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default 5. */
  readonly maxRetries?: number;
  /** Secrets to remove from all texts of the provider. */
  readonly token: string;
}

export function createTransport(deps: TransportDeps): Transport {
  const { connection, budget, clock, random, log } = deps;
  let serverTime: ServerTime | null = null;

  async function exchangeOnce(wire: WireRequest, priority: Priority, signal: AbortSignal | undefined) {
    await budget.take(priority, signal);
    let headers: Readonly<Record<string, string>> | null = null;
    try {
      const exchange = await connection.exchange(wire, signal);
      if (exchange.kind === 'reply') {
        headers = exchange.headers;
        const date = Date.parse(headers.date ?? '');
        if (!Number.isNaN(date)) serverTime = { serverMs: date, localMs: clock.now() };
      }
      return exchange;
    } finally {
      budget.settle(headers);
    }
  }

  return {
    async request(request) {
      const { method, path, signal } = request;
      const wire: WireRequest = {
        method,
        path: `${path}${queryText(request.query)}`,
        ...(request.body === undefined ? {} : { body: request.body }),
      };
      const priority: Priority = method === 'DELETE' ? 'reserved' : 'normal';
      const where = `${method} ${path} → `;
      for (let retries = 0; ; retries++) {
        const startedAt = clock.monotonic();
        const exchange = await exchangeOnce(wire, priority, signal);
        const entry = { method, path, retries, ms: Math.round(clock.monotonic() - startedAt) };
        if (exchange.kind === 'reply' && exchange.status >= 200 && exchange.status < 300) {
          log.debug({ ...entry, status: exchange.status }, 'Provider request');
          return bodyOf(exchange.body, where);
        }
        const { outcome, message } = failureOf(exchange, [deps.token, ...privateKeysIn(request.body)]);
        const rateLimitWaitMs =
          exchange.kind === 'reply' ? rateLimitWait(exchange.headers, budget) : undefined;
        const decision = decideRetry({
          outcome,
          idempotent: request.idempotent ?? method !== 'POST',
          retries,
          ...(deps.maxRetries === undefined ? {} : { limit: deps.maxRetries }),
          random: random.float(),
          ...(rateLimitWaitMs === undefined ? {} : { rateLimitWaitMs }),
        });
        log.debug({ ...entry, outcome, decision }, 'Provider request failed');
        if (decision.kind === 'stop') {
          const failed: FailedRequest = { method, path, outcome, message, undecided: decision.undecided };
          throw requestError({
            ...failed,
            ...(exchange.kind === 'failure' ? { errorCode: exchange.errorCode } : {}),
            ...(rateLimitWaitMs === undefined ? {} : { rateLimitWaitMs }),
          });
        }
        await clock.sleep(decision.delayMs, signal);
      }
    },
    serverTime: () => serverTime,
    monotonic: () => clock.monotonic(),
  };
}

function bodyOf(body: string, where: string): Fields {
  if (body.trim() === '') return fields({}, where);
  const reply = parseJson(body, where);
  if (reply?.kind !== 'mapping') throw malformed(where, 'a JSON object');
  return Object.assign(fields(reply.raw, where), { sizeBytes: body.length });
}

function failureOf(
  exchange: Exchange,
  secrets: readonly string[],
): { outcome: FailedOutcome; message: string } {
  if (exchange.kind === 'failure')
    return { outcome: { kind: 'failure', failure: exchange.failure }, message: '' };
  const error = errorObject(exchange.body);
  return {
    outcome: { kind: 'reply', status: exchange.status, apiCode: error?.code ?? null },
    message: error === null ? '' : cleanText(error.message, ...secrets),
  };
}

/** Lines of private keys in request bodies, such as the host key in the user data of a server. */
function privateKeysIn(body: unknown): readonly string[] {
  const userData = wholeText(readJson(body).at('user_data')) ?? '';
  const keys = userData.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*/g) ?? [];
  return keys.flatMap((key) => key.split(/\s+/)).filter((line) => line.length >= minKeyLineLength);
}

/** Shorter lines are not key material. */
const minKeyLineLength = 12;

/** The error envelope `{error: {code, message}}`; null for any other reply, e.g. the page of a proxy. */
function errorObject(body: string): { code: string; message: string } | null {
  const error = parseJson(body)?.at('error');
  const code = error?.at('code').text() ?? '';
  if (error === undefined || !/^[a-z0-9_]{1,64}$/.test(code)) return null;
  return { code, message: `${wholeText(error.at('message')) ?? ''}${fieldMessages(error)}` };
}

/** `details.fields[].messages` of an `invalid_input`, which are often more specific than the message. */
function fieldMessages(error: JsonReader): string {
  const parts = error
    .at('details')
    .at('fields')
    .list(10)
    .flatMap((field) => {
      const name = wholeText(field.at('name'));
      const messages = field.at('messages');
      if (name === null || messages.kind !== 'list') return [];
      const texts = messages.list(Number.POSITIVE_INFINITY).flatMap((message) => wholeText(message) ?? []);
      return [`${name}: ${texts.join(', ')}`];
    });
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

/** Not truncated: secrets are removed first, and half a secret would not be recognised. */
function wholeText(value: JsonReader): string | null {
  return value.text(Number.POSITIVE_INFINITY);
}

/** `Retry-After` (seconds) if given, else the time in which the budget refills by one request. */
function rateLimitWait(headers: Readonly<Record<string, string>>, budget: RateBudget): number | undefined {
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  return budget.waitMs();
}

function queryText(query: Query | undefined): string {
  if (query === undefined) return '';
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const item of typeof value === 'object' ? value : [value]) search.append(key, String(item));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
