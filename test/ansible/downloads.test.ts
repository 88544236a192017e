import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPythonWorld, type PythonWorld } from './python.ts';

const content = 'archive '.repeat(1000);
const sha256 = createHash('sha256').update(content).digest('hex');

let python: PythonWorld;
let root: string;
let server: Server;
let port: number;
let asked: string[];
/** What the server writes for a path; each request to a path takes the next answer, the last one stays. */
let answers: Map<string, string[]>;

beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-downloads-'));
  asked = [];
  answers = new Map();
  server = createServer(answer).listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

function answer(socket: Socket): void {
  socket.on('error', () => {});
  socket.once('data', (data) => {
    const path = data.toString().split(' ')[1] ?? '';
    asked.push(path);
    const left = answers.get(path) ?? ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'];
    socket.end((left.length > 1 ? left.shift() : left[0]) ?? '');
  });
}

const complete = `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\nConnection: close\r\n\r\n${content}`;
const redirectTo = (url: string) =>
  `HTTP/1.1 302 Found\r\nLocation: ${url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

/** Downloads `url`; addresses in `kinds` count as of that kind of network, names in `names` resolve to that address. */
async function downloaded(url: string, more: object = {}): Promise<unknown> {
  const script = `
import json, socket, sys
from ansible.module_utils.pressluft import downloads
from ansible.module_utils.pressluft.steps import StepError
value = json.load(sys.stdin)
downloads.time.sleep = lambda seconds: None
original, resolve = downloads._network_of, socket.getaddrinfo
downloads._network_of = lambda host: value["kinds"].get(host) or original(host)
socket.getaddrinfo = lambda host, *more, **others: resolve(value["names"].get(host, host), *more, **others)
try:
    downloads.download(value["url"], "${sha256}", value["path"])
    print(json.dumps({"bytes": len(open(value["path"]).read())}))
except StepError as error:
    print(json.dumps({"code": error.code, "message": error.message}))`;
  const input = { url, path: join(root, 'file'), kinds: {}, names: {}, ...more };
  return JSON.parse(await python.run(script, input, { no_proxy: '*' }));
}

const here = (path: string, host = '127.0.0.1') => `http://${host}:${port}${path}`;
const arrived = { bytes: content.length };

describe('a download', () => {
  it('arrives', async () => {
    answers.set('/a', [complete]);
    expect(await downloaded(here('/a'))).toEqual(arrived);
  });

  it.each([
    ['ends before its announced length', complete.slice(0, -500)],
    [
      'ends within a chunk',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1000\r\n${content.slice(0, 100)}`,
    ],
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['is empty', ''],
    ['is a failure of the server', 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
  ])('that %s is tried again', async (_, broken) => {
    answers.set('/a', [broken, complete]);
    expect(await downloaded(here('/a'))).toEqual(arrived);
    answers.set('/a', [broken]);
    expect(await downloaded(here('/a'))).toMatchObject({ code: 'download_failed' });
    expect(asked).toHaveLength(5);
  });

  it('that is not what was pinned is refused', async () => {
    answers.set('/a', [complete.replaceAll('archive', 'ARCHIVE')]);
    expect(await downloaded(here('/a'))).toMatchObject({ code: 'checksum_mismatch' });
  });

  it('that is not there is not tried again', async () => {
    expect(await downloaded(here('/a'))).toMatchObject({ code: 'artifact_missing' });
    expect(asked).toHaveLength(1);
  });
});

describe('a redirect of a public server', () => {
  // 127.0.0.1 stands for a public server, 127.0.0.2 for the node's own address.
  const publicServer = { kinds: { '127.0.0.1': 'public' }, names: { 'inside.example': '127.0.0.2' } };

  it('is followed on the same server, and to another public one', async () => {
    answers.set('/a', [redirectTo('/b')]);
    answers.set('/b', [redirectTo(here('/c', '127.0.0.9'))]);
    answers.set('/c', [complete]);
    const kinds = { '127.0.0.1': 'public', '127.0.0.9': 'public' };
    expect(await downloaded(here('/a'), { kinds })).toEqual(arrived);
  });

  it.each([
    ['the node itself', () => here('/secret', '127.0.0.2')],
    ['a name of the node itself', () => here('/secret', 'inside.example')],
    ['the metadata service', () => 'http://169.254.169.254/secret'],
    ['the private network', () => 'http://10.0.0.7/secret'],
    ['the private network over IPv6', () => 'http://[fd00::7]/secret'],
    ['the node itself, written as IPv6', () => `http://[::ffff:127.0.0.2]:${port}/secret`],
    ['no address', () => here('/secret', '0.0.0.0')],
  ])('to %s is refused before anything is sent', async (_, target) => {
    answers.set('/a', [redirectTo(target())]);
    answers.set('/secret', [complete]);
    expect(await downloaded(here('/a'), publicServer)).toMatchObject({ code: 'artifact_refused' });
    expect(asked).toEqual(['/a']);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.2/secret', 'gopher://127.0.0.2/'])(
    'to %s is refused',
    async (target) => {
      answers.set('/a', [redirectTo(target)]);
      expect(await downloaded(here('/a'), publicServer)).toHaveProperty('code');
      expect(asked).toEqual(['/a']);
    },
  );

  it('to itself ends', async () => {
    answers.set('/a', [redirectTo('/a')]);
    expect(await downloaded(here('/a'), publicServer)).toMatchObject({ code: 'artifact_refused' });
    expect(asked).toHaveLength(6);
  });
});

it('a pin of a server in a private network may be redirected within it, not to the node itself', async () => {
  const kinds = { '127.0.0.1': 'private', '127.0.0.9': 'private' };
  answers.set('/a', [redirectTo(here('/c', '127.0.0.9'))]);
  answers.set('/c', [complete]);
  expect(await downloaded(here('/a'), { kinds })).toEqual(arrived);
  answers.set('/a', [redirectTo(here('/c', '127.0.0.2'))]);
  expect(await downloaded(here('/a'), { kinds })).toMatchObject({ code: 'artifact_refused' });
});
