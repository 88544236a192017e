import { check, checkOneLine, checkPlain } from '../property.ts';
import type { FuzzTarget } from '../target.ts';
import { someCommit } from './world.ts';

const oid = 'ab'.repeat(20);
const entry = (mode: string, name: string) =>
  Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]);

const tree: FuzzTarget = {
  name: 'git-tree',
  covers: ['src/adapters/git/tree-object.ts', 'src/adapters/git/tree-listing.ts'],
  seeds: () => [
    Buffer.concat([entry('100644', 'a.yaml'), entry('40000', 'sites'), entry('120000', 'link')]),
    Buffer.concat([entry('160000', 'module'), entry('100755', '../x'), entry('040000', '.git')]),
  ],
  dictionary: ['100644 ', '40000 ', '120000 ', '160000 ', '../', '.git\0', 'a/b\0', '\u200c'],
  async load() {
    const { parseTree, serializeTree } = await import('../../../src/adapters/git/tree-object.ts');
    const { createTreeListing } = await import('../../../src/adapters/git/tree-listing.ts');
    return async (input) => {
      const entries = parseTree(oid, input);
      for (const { mode, oid: id } of entries) {
        check(/^[0-7]{5,6}$/.test(mode) && /^[0-9a-f]{40}$/.test(id), `an entry has the mode ${mode}`);
      }
      check(serializeTree(entries).length <= input.length, 'the tree grew');
      // Every directory in it is this tree again: a cycle, which hashes exclude but a broken store could return.
      const listing = createTreeListing(
        { read: async () => ({ type: 'tree', content: input }), close: () => undefined },
        () => undefined,
      );
      const files = await listing.list(oid);
      check(
        files.every(({ path }) => path.length > 0),
        'a file has no name',
      );
    };
  },
};

const commit: FuzzTarget = {
  name: 'git-commit',
  covers: ['src/adapters/git/commit-object.ts'],
  seeds: () => [
    `tree ${oid}\nparent ${oid}\nauthor Dana <d@example.org> 1700000000 +0100\ncommitter Dana <d@example.org> 1700000000 +0100\ngpgsig -----BEGIN\n x\n\nsubject\n\nbody\n`,
  ],
  dictionary: ['tree ', 'parent ', 'author ', 'committer ', '\n\n', '> 99999999999999', '> -1', 'encoding '],
  async load() {
    const { parseCommit } = await import('../../../src/adapters/git/commit-object.ts');
    return (input) => {
      const info = parseCommit(someCommit, input);
      if (info === null) return;
      checkPlain(info, 'the commit');
      check(!Number.isNaN(Date.parse(info.committedAt)), `it is of ${info.committedAt}`);
    };
  },
};

/** The HTTP transport converts errors inside a session into errors of Git. */
const isPlainError = (error: unknown) => error instanceof Error && error.constructor === Error;

const packets: FuzzTarget = {
  name: 'git-packets',
  covers: ['src/adapters/git/pkt-line.ts'],
  seeds: () => [
    '0008NAK\n0009\u0001PACK000a\u0002tick\n0000',
    '000d\u0003no space0000',
    '0010ERR upstream0000',
    '000e\u0001000eunpack ok\n0000',
  ],
  dictionary: ['0000', '0001', '0002', '0003', '0004', 'ffff', 'FFFF', '-001', '0x10', 'ERR '],
  allows: isPlainError,
  async load() {
    const { readPackets, readSideBand } = await import('../../../src/adapters/git/pkt-line.ts');
    return async (input) => {
      let bytes = 0;
      for await (const band of readSideBand(readPackets(pieces(input)))) {
        bytes += band.kind === 'data' ? band.data.length : band.text.length;
      }
      check(bytes <= input.length, 'more came out than went in');
    };
  },
};

const advertisement: FuzzTarget = {
  name: 'git-advertisement',
  covers: ['src/adapters/git/transport.ts', 'node_modules/isomorphic-git/'],
  seeds: () => {
    const lines = [
      '# service=git-upload-pack\n',
      null,
      `${oid} HEAD\0side-band-64k ofs-delta symref=HEAD:refs/heads/main agent=git/2\n`,
      `${oid} refs/heads/main\n`,
      `${oid} refs/tags/v1\n`,
      `${oid} refs/tags/v1^{}\n`,
      null,
    ];
    return [
      lines.map(packetOf).join(''),
      `${packetOf('# service=git-upload-pack\n')}0000${packetOf('version 1\n')}0000`,
    ];
  },
  dictionary: [
    '0000',
    'refs/heads/',
    'refs/tags/',
    '^{}',
    '\0',
    'symref=',
    '__proto__',
    'version 2\n',
    'shallow ',
  ],
  // `httpError` converts any error of the library into an error of Git.
  allows: (error) => error instanceof Error && !(error instanceof RangeError),
  async load() {
    const { GitRemoteHTTP } = await import('isomorphic-git/managers');
    const { remoteTips } = await import('../../../src/adapters/git/transport.ts');
    return async (input) => {
      const found = await GitRemoteHTTP.discover({
        http: {
          request: async () => ({
            url: 'http://git.example/x',
            statusCode: 200,
            statusMessage: 'OK',
            headers: { 'content-type': 'application/x-git-upload-pack-advertisement' },
            body: pieces(input),
          }),
        },
        service: 'git-upload-pack',
        url: 'http://git.example/x',
        headers: {},
        protocolVersion: 1,
      });
      const { tips, branches, tags } = remoteTips(found.refs, ['main', '__proto__']);
      check(tips.size <= 2 && branches.length <= 20 && tags.size <= 2000, 'there are too many refs');
    };
  },
};

const batch: FuzzTarget = {
  name: 'git-batch',
  covers: ['src/adapters/git/batch-parser.ts'],
  seeds: () => [`${oid} blob 5\nhello\n${oid} missing\n${oid} tree 0\n\n`, `${oid} commit 99999999999\nxxx`],
  dictionary: [' blob ', ' missing\n', ' tree ', ' commit ', ' tag ', oid, '1e9', '0'],
  async load() {
    const { createBatchParser } = await import('../../../src/adapters/git/batch-parser.ts');
    return (input) => {
      let bytes = 0;
      const parser = createBatchParser({
        limit: () => 64,
        onReply: (reply) => {
          if (reply.kind !== 'object') return;
          check(reply.content.length <= 64, 'more was kept than is allowed');
          bytes += reply.content.length;
        },
      });
      const size = 1 + (input[0] ?? 0);
      for (let at = 0; at < input.length; at += size) if (!parser.add(input.subarray(at, at + size))) break;
      check(bytes <= input.length, 'more came out than went in');
    };
  },
};

const url: FuzzTarget = {
  name: 'git-url',
  covers: ['src/adapters/git/remote-url.ts', 'src/adapters/git/branch-name.ts'],
  seeds: () => [
    'https://user:pa%20ss@git.example:8443/fleet.git',
    'ssh://git@git.example:22/fleet.git',
    'git@git.example:fleet.git',
    'file:///srv/fleet.git',
    '/srv/fleet.git',
  ],
  dictionary: [
    '%',
    '%zz',
    '%2F',
    '%00',
    '%0a',
    '-oProxyCommand=x',
    '://',
    '@',
    '[::1]',
    'ext::sh',
    '\\',
    '?',
    '#',
  ],
  maxBytes: 512,
  async load() {
    const { parseRemoteUrl } = await import('../../../src/adapters/git/remote-url.ts');
    const { checkBranchName } = await import('../../../src/adapters/git/branch-name.ts');
    const { isPressluftError } = await import('../../../src/fleet/errors.ts');
    return (input) => {
      const text = input.toString('utf8');
      try {
        check(!/[\s~^:\\]|^-/.test(checkBranchName(text)), 'a branch has an odd name');
      } catch (error) {
        if (!isPressluftError(error)) throw error;
      }
      const remote = parseRemoteUrl(text);
      checkOneLine(remote.url, 'the URL');
      check(!remote.url.startsWith('-'), 'it begins like an option');
      if (remote.kind === 'http') check(new URL(remote.url).username === '', 'it has credentials');
      if (remote.kind === 'local') check(!remote.path.includes('\0'), 'its path has a NUL');
    };
  },
};

const errorText: FuzzTarget = {
  name: 'git-errors',
  covers: ['src/adapters/git/git-errors.ts', 'src/adapters/git/redact.ts'],
  seeds: () => [
    "fatal: repository 'https://u:hunter22secret@git.example/x' not found",
    'remote: \u001b[31mhunter22secret\u001b[0m\nfatal: Authentication failed',
    'error: inflate: data stream error\nfatal: packfile x cannot be accessed',
  ],
  dictionary: ['hunter22secret', 'https://', '@', '\u001b[', '\u202e', 'packfile ', 'repository '],
  maxBytes: 65_536,
  maxMs: 500,
  async load() {
    const { gitError } = await import('../../../src/adapters/git/git-errors.ts');
    const { createRedactor } = await import('../../../src/adapters/git/redact.ts');
    const redactor = createRedactor();
    redactor.add('dana', 'hunter22secret');
    return (input) => {
      const { message } = gitError('fetch', input.toString('utf8'), redactor);
      check(!message.includes('hunter22secret'), 'the secret is in it');
      check(message.length <= 1100, 'it is long');
      check(!/[^\P{Cc}\t]/u.test(message), 'it has control characters');
    };
  },
};

async function* pieces(input: Buffer): AsyncGenerator<Buffer> {
  const size = 1 + (input.at(-1) ?? 0);
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}

function packetOf(line: string | null): string {
  return line === null ? '0000' : `${(Buffer.byteLength(line) + 4).toString(16).padStart(4, '0')}${line}`;
}

export const gitTargets: readonly FuzzTarget[] = [
  tree,
  commit,
  packets,
  advertisement,
  batch,
  url,
  errorText,
];
