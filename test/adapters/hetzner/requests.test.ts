import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHetznerCloud } from '../../../src/adapters/hetzner/hetzner-cloud.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { cloudFor, publicKey, serverJson, serverRequest, token } from './fixtures.ts';
import { type Answer, apiError, inOrder, page, type ScriptedApi, startApi } from './scripted-api.ts';

let api: ScriptedApi;
afterEach(() => api.close());

describe('requests', () => {
  it('carry the token as a bearer, to the endpoint', async () => {
    api = await startApi(inOrder(page('locations', [])));
    await cloudFor(api).cloud.check();
    expect(api.requests()).toEqual(['GET /locations']);
    expect(api.calls[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('survive up to five replies of 502, and fail after more', async () => {
    const storm = { status: 502, text: 'upstream' };
    api = await startApi(inOrder(...Array(5).fill(storm), page('locations', []), ...Array(6).fill(storm)));
    const { cloud, clock } = cloudFor(api);
    await cloud.check();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5_000);
    await expect(cloud.check()).rejects.toMatchObject({
      code: errors.providerUnreachable,
      retry: { kind: 'backoff' },
    });
    expect(api.calls).toHaveLength(12);
  });

  it('are repeated less often when configured so', async () => {
    api = await startApi(() => ({ status: 502, text: '' }));
    const options = {
      clock: new VirtualClock({ autoAdvanceUpToMs: 60_000 }),
      random: seededRandom(1),
      log: memoryLog(),
    };
    const cloud = createHetznerCloud({ endpoint: api.url, token, ...options, maxRetries: 1 });
    await expect(cloud.check()).rejects.toMatchObject({ code: errors.providerUnreachable });
    expect(api.calls).toHaveLength(2);
  });

  it('survive broken connections', async () => {
    api = await startApi(inOrder('destroy', 'destroy', page('servers', [])));
    expect(await cloudFor(api).cloud.listServers('shop')).toEqual([]);
    expect(api.calls).toHaveLength(3);
  });

  it('are not repeated after 503', async () => {
    api = await startApi(inOrder(apiError(503, 'unavailable')));
    await expect(cloudFor(api).cloud.check()).rejects.toMatchObject({ code: errors.providerUnreachable });
    expect(api.calls).toHaveLength(1);
  });

  it('wait after 429 as long as the budget takes to give the next request', async () => {
    const date = new Date(Date.UTC(2030, 5, 1));
    const limited: Answer = {
      status: 429,
      json: { error: { code: 'rate_limit_exceeded', message: 'limit reached' } },
      headers: {
        date: date.toUTCString(),
        'ratelimit-limit': '3600',
        'ratelimit-remaining': '0',
        'ratelimit-reset': String(date.getTime() / 1000 + 3600),
      },
    };
    api = await startApi(inOrder(limited, page('locations', [])));
    const { cloud, clock } = cloudFor(api);
    await cloud.check();
    // One a second comes back, and the reserve of 1 % (36) is not for checks.
    expect(clock.monotonic()).toBeGreaterThanOrEqual(37_000);
    expect(clock.monotonic()).toBeLessThan(39_000);
  });

  it('report when to come back when the limit requires more than two minutes', async () => {
    api = await startApi(
      inOrder({ ...(apiError(429, 'rate_limit_exceeded') as object), headers: { 'retry-after': '900' } }),
    );
    await expect(cloudFor(api).cloud.check()).rejects.toMatchObject({
      code: errors.rateLimited,
      retry: { kind: 'after', afterMs: 900_000 },
    });
  });

  it('stop at once when aborted, during a request or between two tries', async () => {
    api = await startApi((_call, index) => (index === 0 ? 'hang' : { status: 502, text: '' }));
    const { cloud } = cloudFor(api);
    const onTheWire = new AbortController();
    setTimeout(() => onTheWire.abort('stop'), 50);
    await expect(cloud.check(onTheWire.signal)).rejects.toBe('stop');
    const clock = new VirtualClock();
    const still = createHetznerCloud({
      endpoint: api.url,
      token,
      clock,
      random: seededRandom(1),
      log: memoryLog(),
    });
    const stop = new AbortController();
    const waiting = still.check(stop.signal);
    while (clock.sleeping === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    expect(clock.sleeping).toBe(0);
  });

  it('do not follow redirects, so the token is not sent to another host', async () => {
    const elsewhere = await startApi(() => page('locations', []));
    api = await startApi(inOrder({ status: 302, headers: { location: `${elsewhere.url}/locations` } }));
    await expect(cloudFor(api).cloud.check()).rejects.toMatchObject({ code: errors.providerReplyInvalid });
    expect(elsewhere.calls).toEqual([]);
    await elsewhere.close();
  });

  it.each([
    [401, 'unauthorized', errors.tokenRefused],
    [401, 'token_readonly', errors.tokenReadOnly],
    [403, 'forbidden', errors.tokenRefused],
    [403, 'maintenance', errors.providerUnreachable],
    [403, 'resource_limit_exceeded', errors.accountLimitReached],
    [404, 'not_found', errors.providerResourceMissing],
    [409, 'uniqueness_error', errors.nameTaken],
    [410, 'deprecated_api_endpoint', errors.requestRejected],
    [412, 'resource_unavailable', errors.serverUnavailable],
    [422, 'invalid_input', errors.requestRejected],
    [422, 'service_error', errors.providerUnreachable],
    [423, 'locked', errors.resourceLocked],
    [423, 'protected', errors.requestRejected],
    [400, 'some_new_code', errors.requestRejected],
    [500, 'some_new_code', errors.providerUnreachable],
  ])('map %i %s to %s with a hint', async (status, apiCode, code) => {
    api = await startApi(inOrder(apiError(status, apiCode)));
    await expect(cloudFor(api).cloud.check()).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(/\w.*\.$/),
    });
  });

  it('tell the fields that an invalid_input names', async () => {
    const details = { fields: [{ name: 'server_type', messages: ['is not available in fsn1'] }] };
    api = await startApi(
      inOrder({ status: 422, json: { error: { code: 'invalid_input', message: 'invalid input', details } } }),
    );
    await expect(cloudFor(api).cloud.createServer(serverRequest)).rejects.toThrow(
      'invalid input (server_type: is not available in fsn1)',
    );
  });
});

describe('invalid replies', () => {
  const cases: readonly (readonly [string, Answer, string])[] = [
    ['no JSON', { text: '<html>' }, 'GET /servers'],
    ['a list at the top', { json: [] }, 'GET /servers'],
    ['null', { json: null }, 'GET /servers'],
    ['no servers', { json: {} }, 'servers'],
    ['servers that are an object', { json: { servers: {} } }, 'servers'],
    ['a server that is a string', page('servers', ['x']), 'servers[0]'],
    ['an id that is a string', page('servers', [serverJson(1, { id: '1' })]), 'servers[0].id'],
    ['an id beyond exact integers', page('servers', [serverJson(1, { id: 2 ** 60 })]), 'servers[0].id'],
    ['a negative id', page('servers', [serverJson(1, { id: -1 })]), 'servers[0].id'],
    ['a name that is a number', page('servers', [serverJson(1, { name: 1 })]), 'servers[0].name'],
    ['no network', page('servers', [serverJson(1, { public_net: null })]), 'servers[0].public_net'],
    [
      'an address that is none',
      page('servers', [serverJson(1, { public_net: { ipv4: { ip: '-oProxyCommand=id' } } })]),
      'servers[0].public_net.ipv4.ip',
    ],
    [
      'labels that are no strings',
      page('servers', [serverJson(1, { labels: { a: {} } })]),
      'servers[0].labels.a',
    ],
    ['no server type', page('servers', [serverJson(1, { server_type: 'cx23' })]), 'servers[0].server_type'],
    ['meta without paging', { json: { servers: [], meta: {} } }, 'meta.pagination'],
    ['more entries than a page holds', page('servers', Array(51).fill(serverJson(1))), 'servers'],
  ];

  it.each(cases)('are refused with the path of the field: %s', async (_name, answer, path) => {
    api = await startApi(() => answer);
    const error = await rejection(cloudFor(api).cloud.listServers('shop'));
    expect(error).toMatchObject({ code: errors.providerReplyInvalid });
    expect(String(error)).toContain(path);
  });

  it('are refused when larger than any answer should be, also when that shows only after unpacking', async () => {
    // Well-formed but for its size.
    const { json } = page('servers', []);
    const bomb = gzipSync(
      Buffer.concat([Buffer.alloc(16 * 1024 * 1024, ' '), Buffer.from(JSON.stringify(json))]),
    );
    api = await startApi(() => ({ text: bomb, headers: { 'content-encoding': 'gzip' } }));
    await expect(cloudFor(api, 20_000).cloud.listServers('shop')).rejects.toThrow(
      'the answer exceeds the size limit',
    );
    expect(api.calls).toHaveLength(1);
  });

  it('cannot reach prototypes', async () => {
    const text = JSON.stringify(page('servers', [serverJson(1)]).json).replace(
      '"pressluft.dev/fleet"',
      '"__proto__":"polluted","pressluft.dev/fleet"',
    );
    api = await startApi(() => ({ text }));
    const [server] = await cloudFor(api).cloud.listServers('shop');
    expect(Object.getPrototypeOf(server)).toBe(Object.prototype);
    expect(Object.keys((server as { labels?: object }).labels ?? {})).toContain('__proto__');
    expect('polluted' in {}).toBe(false);
  });

  it('result in PL4010 even where hcloud-js fails on them', async () => {
    api = await startApi(() => ({ json: {} }));
    const { cloud } = cloudFor(api);
    await expect(cloud.check()).rejects.toMatchObject({ code: errors.providerReplyInvalid });
    await expect(cloud.deleteServer(1)).rejects.toMatchObject({ code: errors.providerReplyInvalid });
  });

  it('show no control characters and no endless text', async () => {
    api = await startApi(
      inOrder(apiError(422, 'invalid_input', `\u001b[31mred\r\n\u2028${'x'.repeat(10_000)}`)),
    );
    const error = await rejection(cloudFor(api).cloud.check());
    const { message } = error as Error;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must be absent
    expect(message).not.toMatch(/[\u0000-\u001f\u2028]/);
    expect(message.length).toBeLessThan(700);
  });
});

describe('the token', () => {
  const echo = `your token ${token} is bad`;
  const answers: readonly (readonly [string, Answer])[] = [
    ['401', apiError(401, 'unauthorized', echo)],
    ['422', apiError(422, 'invalid_input', echo)],
    ['500', apiError(500, 'server_error', echo)],
    ['502 page', { status: 502, text: echo }],
    ['a redirect', { status: 301, headers: { location: `http://127.0.0.1:1/?token=${token}` } }],
    ['a broken connection', 'destroy'],
    ['silence', 'hang'],
    ['no JSON', { text: echo }],
    ['a wrong field', { json: { servers: [{ id: echo }], locations: {} } }],
  ];

  it.each(answers)('is in no error and no log line after %s', async (_name, answer) => {
    api = await startApi(() => answer);
    const { cloud, log } = cloudFor(api, 50);
    const errors = await Promise.all([
      rejection(cloud.check()),
      rejection(cloud.listServers('shop')),
      rejection(cloud.createServer(serverRequest)),
      rejection(cloud.deleteServer(1)),
      rejection(cloud.ensureKey('key', publicKey, {})),
      rejection(cloud.waitForActions([1], { timeoutMs: 60_000 })),
    ]);
    for (const error of errors) expect(everythingIn(error)).not.toContain(token);
    expect(everythingIn(log.lines)).not.toContain(token);
    expect(log.lines.length).toBeGreaterThan(0);
  });

  it('is in no error of a connection that is refused', async () => {
    api = await startApi(() => 'hang');
    const { cloud } = cloudFor({ url: 'http://127.0.0.1:1/v1' });
    const error = await rejection(cloud.check());
    expect(error).toMatchObject({
      code: errors.providerUnreachable,
      message: 'GET /locations: no connection to the provider (ECONNREFUSED)',
    });
    expect(everythingIn(error)).not.toContain(token);
  });

  it('is refused before any request when no header can carry it, without being shown', async () => {
    api = await startApi(() => 'hang');
    const options = {
      endpoint: api.url,
      clock: new VirtualClock(),
      random: seededRandom(1),
      log: memoryLog(),
    };
    for (const bad of ['', `${token}\n`, `${token}\r\nHost: evil`, `${token} x`, `${token}ä`]) {
      const error = thrown(() => createHetznerCloud({ ...options, token: bad }));
      expect(error).toMatchObject({ code: errors.tokenRefused });
      expect(everythingIn(error)).not.toContain(token);
    }
    expect(api.calls).toEqual([]);
  });

  it.each(['ftp://x/v1', 'not a url', 'https://user:pw@host/v1', 'file:///etc/passwd'])(
    'is not sent to an endpoint like %s',
    async (endpoint) => {
      api = await startApi(() => 'hang');
      const options = { token, clock: new VirtualClock(), random: seededRandom(1), log: memoryLog() };
      expect(thrown(() => createHetznerCloud({ ...options, endpoint }))).toMatchObject({
        code: errors.providerUnreachable,
      });
    },
  );
});

describe('asking whether the token may write', () => {
  it.each([
    [422, 'invalid_input', true],
    [401, 'token_readonly', false],
  ])('takes %i %s for %s', async (status, code, expected) => {
    api = await startApi(inOrder(apiError(status, code)));
    expect(await cloudFor(api).cloud.mayWrite()).toBe(expected);
    expect(api.calls[0]?.body).toEqual({});
  });

  it('throws when the token is refused altogether', async () => {
    api = await startApi(inOrder(apiError(401, 'unauthorized')));
    await expect(cloudFor(api).cloud.mayWrite()).rejects.toMatchObject({ code: errors.tokenRefused });
  });
});

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('an error was expected');
}

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('an error was expected');
}

/** All that could end up in a log or report, nested causes and hidden members included. */
function everythingIn(value: unknown): string {
  const cause = value instanceof Error ? everythingIn(value.cause) : '';
  return `${JSON.stringify(value)}${inspect(value, { depth: 20, showHidden: true, getters: true })}${String(value)}${cause}`;
}
