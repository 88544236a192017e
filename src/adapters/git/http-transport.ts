import { Buffer } from 'node:buffer';
import type { HttpClient } from 'isomorphic-git/http/node';
import type { CommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { isPressluftError, messageOf, PressluftError } from '../../fleet/errors.ts';
import type { HttpCredentials } from './auth.ts';
import type { GitCommand } from './git-command.ts';
import { canceled, gitError } from './git-errors.ts';
import { ingestPack, packFor } from './pack.ts';
import { flushPacket, packet, readPackets, readSideBand } from './pkt-line.ts';
import type { Redactor } from './redact.ts';
import { remoteTips, type Transport } from './transport.ts';

export interface HttpTransportOptions {
  readonly git: GitCommand;
  /** Without credentials. */
  readonly url: string;
  readonly credentials: () => Promise<HttpCredentials | null>;
  readonly redactor: Redactor;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxPackBytes: number;
}

interface Session {
  readonly http: HttpClient;
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
}

interface Discovery {
  readonly refs: ReadonlyMap<string, string>;
  readonly capabilities: ReadonlySet<string>;
}

type Service = 'git-upload-pack' | 'git-receive-pack';

/** Commits that are named to the server so that it sends only new objects; the followed tips come first. */
const maxHaves = 64;

/**
 * Smart HTTP: isomorphic-git does discovery, authentication and requests. Received packs are streamed to
 * `git index-pack`, and sent packs come from `git pack-objects`. isomorphic-git's own `fetch` holds the pack and all its objects in memory and
 * parses them on the event loop: 10,000 files take 0.2 s and 8 MB this way, 1.2 s and 85 MB that way
 * (`test/contract/git/read-speed.test.ts` prints both).
 */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const { git, redactor } = options;

  /** One operation: its own deadline, connection state and credentials; every failure becomes a PL30xx error without secrets. */
  async function session<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    const both = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    try {
      both.throwIfAborted();
      const { createHttpClient } = await import('./http-client.ts');
      const http = createHttpClient({
        idleTimeoutMs: options.idleTimeoutMs,
        maxResponseBytes: options.maxPackBytes,
        signal: both,
      });
      return await work({ http, signal: both, headers: await authorization() });
    } catch (error) {
      if (signal?.aborted === true) throw canceled(what, signal.reason);
      if (deadline.aborted) throw tooSlow(what, options.timeoutMs);
      throw httpError(what, error, redactor);
    }
  }

  async function discover(service: Service, { http, signal, headers }: Session): Promise<Discovery> {
    const { GitRemoteHTTP } = await import('isomorphic-git/managers');
    const found: Discovery = await GitRemoteHTTP.discover({
      http,
      service,
      url: options.url,
      headers: { ...headers },
      signal,
      protocolVersion: 1,
    });
    return found;
  }

  async function post(
    service: Service,
    body: readonly Buffer[],
    { http, signal, headers }: Session,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { GitRemoteHTTP } = await import('isomorphic-git/managers');
    const response = await GitRemoteHTTP.connect({
      http,
      service,
      url: options.url,
      auth: {},
      headers: { ...headers },
      body: [Buffer.concat(body)],
      signal,
    });
    if (response.body === undefined) throw new Error('early EOF: the Git server sent no body');
    return response.body;
  }

  /** Sent with the first request: a first request without credentials would cost a round trip on every poll. */
  async function authorization(): Promise<Readonly<Record<string, string>>> {
    const credentials = await options.credentials();
    if (credentials === null) return {};
    const { username, password } = credentials;
    redactor.add(username, password);
    return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }

  return {
    look: (branches, signal) =>
      session('ls-remote', signal, async (opened) =>
        remoteTips((await discover('git-upload-pack', opened)).refs, branches),
      ),

    sync: (branches, complete, signal) =>
      session('fetch', signal, async (opened) => {
        const found = await discover('git-upload-pack', opened);
        const seen = remoteTips(found.refs, branches);
        const wants = [...new Set(seen.tips.values())].filter((tip) => !complete.has(tip));
        if (wants.length === 0) return seen;
        const haves = [...complete].slice(0, maxHaves);
        const body = uploadPackRequest(found, wants, haves);
        const answer = await post('git-upload-pack', body, opened);
        await ingestPack(git, packBytes(answer), options.maxPackBytes, opened.signal, redactor);
        await checkComplete(git, wants, complete);
        return seen;
      }),

    push: (branch, commit, expected, signal) =>
      session('push', signal, async (opened) => {
        const ref = `refs/heads/${branch}`;
        const found = await discover('git-receive-pack', opened);
        if ((found.refs.get(ref) ?? null) !== expected)
          throw new Error(`rejected: ${ref} is another commit (stale info)`);
        const known = [...new Set(found.refs.values())];
        const body = [
          packet(
            `${expected ?? zeroOid} ${commit} ${ref}\0 ${capabilities(found, ['report-status', 'side-band-64k', 'ofs-delta'])}`,
          ),
          flushPacket,
          await packFor(git, commit, known, opened.signal),
        ];
        const answer = await post('git-receive-pack', body, opened);
        await checkReport(answer, ref, found.capabilities.has('side-band-64k'));
      }),
  };
}

const zeroOid = '0'.repeat(40);

/** https://git-scm.com/docs/pack-protocol#_packfile_negotiation, the stateless form: all haves at once, then done. */
function uploadPackRequest(
  found: Discovery,
  wants: readonly CommitSha[],
  haves: readonly CommitSha[],
): readonly Buffer[] {
  if (!found.capabilities.has('side-band-64k'))
    throw new Error('the Git server lacks the capability side-band-64k');
  const wanted = capabilities(found, ['side-band-64k', 'thin-pack', 'ofs-delta', 'no-progress']);
  return [
    ...wants.map((want, index) => packet(`want ${want}${index === 0 ? ` ${wanted}` : ''}\n`)),
    flushPacket,
    ...haves.map((have) => packet(`have ${have}\n`)),
    packet('done\n'),
  ];
}

function capabilities(found: Discovery, names: readonly string[]): string {
  const agent = [...found.capabilities].some((name) => name.startsWith('agent='))
    ? ['agent=git/pressluft']
    : [];
  return [...names.filter((name) => found.capabilities.has(name)), ...agent].join(' ');
}

async function* packBytes(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const part of readSideBand(readPackets(answer))) {
    // The lines before the pack are NAK or ACK and can be ignored: the pack is complete for the offered commits.
    if (part.kind === 'data') yield part.data;
  }
}

/** As `git fetch` does: a server that omitted an object must not move a ref. */
async function checkComplete(
  git: GitCommand,
  wants: readonly CommitSha[],
  complete: ReadonlySet<CommitSha>,
): Promise<void> {
  const input = [...wants, ...[...complete].map((tip) => `^${tip}`)].join('\n');
  await git.run(['rev-list', '--objects', '--quiet', '--stdin'], { input: `${input}\n` });
}

/** https://git-scm.com/docs/pack-protocol#_report_status */
async function checkReport(answer: AsyncIterable<Uint8Array>, ref: string, sideBand: boolean): Promise<void> {
  const lines: string[] = [];
  const inner = sideBand ? readPackets(firstChannel(answer)) : readPackets(answer);
  for await (const part of inner) {
    if (part.kind === 'data' && lines.length < 100) lines.push(part.data.toString('utf8', 0, 1000).trim());
  }
  if (lines.includes('unpack ok') && lines.includes(`ok ${ref}`)) return;
  const bad = lines.filter(
    (line) => line.startsWith('ng ') || (line.startsWith('unpack ') && line !== 'unpack ok'),
  );
  throw new Error(
    bad.length === 0 ? 'early EOF: the Git server did not report what it did' : `rejected: ${bad.join(', ')}`,
  );
}

async function* firstChannel(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const part of readSideBand(readPackets(answer))) {
    if (part.kind === 'data') yield part.data;
  }
}

function httpError(what: string, error: unknown, redactor: Redactor): PressluftError {
  if (isPressluftError(error)) return error;
  const status = statusOf(error);
  switch (status) {
    case undefined:
      return gitError(what, `${errorCode(error)} ${messageOf(error)}`.trim(), redactor);
    case 401:
    case 403:
      return gitError(what, `authentication failed: HTTP ${status}`, redactor);
    case 404:
      return gitError(what, 'repository not found: HTTP 404', redactor);
    default:
      return new PressluftError(
        errors.remoteUnreachable,
        `git ${what} failed: the Git server answered HTTP ${status}`,
        {
          hint: 'The server may be overloaded or in maintenance.',
        },
      );
  }
}

function statusOf(error: unknown): number | undefined {
  const data = (error as { readonly data?: { readonly statusCode?: unknown } } | null)?.data;
  return typeof data?.statusCode === 'number' ? data.statusCode : undefined;
}

/** Node reports a failed connection by a code; the patterns match the messages of git. */
function errorCode(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (typeof code !== 'string') return '';
  return (
    networkCodes[code] ??
    (/^(?:ERR_TLS|CERT_|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED)/.test(code) ? 'unable to access:' : '')
  );
}

const networkCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused:',
  ECONNRESET: 'connection reset:',
  EPIPE: 'connection reset:',
  ETIMEDOUT: 'connection timed out:',
  ENOTFOUND: 'could not resolve host:',
  EAI_AGAIN: 'could not resolve host:',
  EHOSTUNREACH: 'no route to host:',
  ENETUNREACH: 'network is unreachable:',
  HPE_INVALID_CONSTANT: 'unable to access (no HTTP):',
};

function tooSlow(what: string, timeoutMs: number): PressluftError {
  return new PressluftError(
    errors.remoteUnreachable,
    `git ${what} got no complete answer within ${timeoutMs} ms`,
    {
      hint: 'Check that this machine reaches the Git server.',
    },
  );
}
