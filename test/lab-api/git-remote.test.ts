import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGitRemote, type GitRemote } from '../../src/lab/git/git-remote.ts';

const run = promisify(execFile);
const isSshdMissing = !existsSync('/usr/sbin/sshd');
if (isSshdMissing) process.stderr.write('skipped: the Git remote of the lab needs sshd (openssh-server)\n');

let dir: string;
let remote: GitRemote;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-git-'));
  if (!isSshdMissing) remote = await createGitRemote({ dir, host: '127.0.0.1', password: 'pa:ss word' });
});
// Each test has a repository without commits; the servers stay up.
afterEach(async () => {
  await run('git', ['--git-dir', remote.repository, 'update-ref', '-d', 'refs/heads/main']);
  await remote.setFaults({});
  for (const tree of ['a', 'b', 'clone']) await rm(join(dir, tree), { recursive: true, force: true });
});
afterAll(async () => {
  await remote?.close();
  await rm(dir, { recursive: true, force: true });
});

function git(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  const knownHosts = join(dir, 'known_hosts');
  return run('git', args, {
    cwd,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_SSH_COMMAND: `ssh -F /dev/null -i ${remote.ssh.keyFile} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${knownHosts}`,
      GIT_AUTHOR_NAME: 't',
      GIT_AUTHOR_EMAIL: 't@example.invalid',
      GIT_COMMITTER_NAME: 't',
      GIT_COMMITTER_EMAIL: 't@example.invalid',
    },
  });
}

const withPassword = (password: string) =>
  remote.http.url.replace('http://', `http://${remote.http.user}:${encodeURIComponent(password)}@`);

/** A work tree with one commit. */
async function workTree(name: string, url: string, content: string | Buffer = 'x'): Promise<string> {
  await writeFile(join(dir, 'known_hosts'), `[127.0.0.1]:${remote.ssh.port} ${remote.ssh.hostKey}\n`);
  const tree = join(dir, name);
  await run('git', ['init', '-q', '-b', 'main', tree]);
  await git(tree, 'remote', 'add', 'origin', url);
  await commit(tree, content);
  return tree;
}

async function commit(tree: string, content: string | Buffer): Promise<string> {
  await writeFile(join(tree, 'file'), content);
  await git(tree, 'add', 'file');
  await git(tree, 'commit', '-q', '-m', 'change');
  return (await git(tree, 'rev-parse', 'HEAD')).stdout.trim();
}

async function head(): Promise<string> {
  const { stdout } = await run('git', [
    '--git-dir',
    remote.repository,
    'rev-parse',
    '--verify',
    '-q',
    'main',
  ]).catch(() => ({ stdout: '' }));
  return stdout.trim();
}

describe.skipIf(isSshdMissing)('the Git remote of the lab', () => {
  it('accepts a push of two megabytes over HTTP and serves it', async () => {
    const content = randomBytes(2_000_000);
    const tree = await workTree('a', withPassword('pa:ss word'), content);
    await git(tree, 'push', '-q', 'origin', 'main');
    await git(dir, 'clone', '-q', withPassword('pa:ss word'), 'clone');
    expect(await readFile(join(dir, 'clone/file'))).toEqual(content);
  });

  it('accepts pushes and fetches over SSH with the deploy key and the pinned host key', async () => {
    const tree = await workTree('a', remote.ssh.url);
    await git(tree, 'push', '-q', 'origin', 'main');
    await git(dir, 'clone', '-q', remote.ssh.url, 'clone');
    expect(await readFile(join(dir, 'clone/file'), 'utf8')).toBe('x');
  });

  it('runs no other command over SSH', async () => {
    await workTree('a', remote.ssh.url);
    const args = [
      '-F',
      '/dev/null',
      '-i',
      remote.ssh.keyFile,
      '-o',
      'BatchMode=yes',
      '-o',
      'IdentitiesOnly=yes',
    ];
    const trust = ['-o', `UserKnownHostsFile=${join(dir, 'known_hosts')}`, '-p', String(remote.ssh.port)];
    const destination = new URL(remote.ssh.url);
    const attempt = run('ssh', [...args, ...trust, `${destination.username}@${destination.hostname}`, 'id']);
    await expect(attempt).rejects.toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('only git fetch'),
    });
  });

  it('refuses a wrong password and does not serve files outside the protocol', async () => {
    const tree = await workTree('a', withPassword('wrong'));
    await expect(git(tree, 'push', '-q', 'origin', 'main')).rejects.toThrow(/Authentication failed/);
    const authorization = `Basic ${Buffer.from('pressluft:pa:ss word').toString('base64')}`;
    const statuses = ['/config', '/../ssh/host-key', '/hooks/pre-receive'].map(async (path) => {
      const reply = await fetch(`${remote.http.url}${path}`, { headers: { authorization } });
      return reply.status;
    });
    expect(await Promise.all(statuses)).toEqual([404, 404, 404]);
  });

  it.each(['http', 'ssh'] as const)('refuses a push that rewrites history over %s', async (transport) => {
    const url = () => (transport === 'http' ? withPassword('pa:ss word') : remote.ssh.url);
    const first = await workTree('a', url());
    await git(first, 'push', '-q', 'origin', 'main');
    const before = await head();
    const second = await workTree('b', url(), 'other');
    await expect(git(second, 'push', '-q', '--force', 'origin', 'main')).rejects.toThrow(/rejected/);
    expect(await head()).toBe(before);
  });

  it.each(['http', 'ssh'] as const)(
    'rejects the next push over %s when configured, then no more',
    async (transport) => {
      const tree = await workTree('a', transport === 'http' ? withPassword('pa:ss word') : remote.ssh.url);
      await remote.setFaults({ rejectPushes: 1 });
      await expect(git(tree, 'push', '-q', 'origin', 'main')).rejects.toThrow(/refused by the lab/);
      expect(await head()).toBe('');
      await git(tree, 'push', '-q', 'origin', 'main');
      expect(await head()).not.toBe('');
      expect(await remote.faults()).toEqual({ rejectPushes: 0, loseReplies: 0, refuseCredentials: 0 });
    },
  );

  it.each(['http', 'ssh'] as const)(
    'loses the reply over %s although the push took effect',
    async (transport) => {
      const tree = await workTree('a', transport === 'http' ? withPassword('pa:ss word') : remote.ssh.url);
      const pushed = (await git(tree, 'rev-parse', 'HEAD')).stdout.trim();
      await remote.setFaults({ loseReplies: 1 });
      await expect(git(tree, 'push', '-q', 'origin', 'main')).rejects.toThrow();
      expect(await head()).toBe(pushed);
      await git(tree, 'push', '-q', 'origin', 'main');
    },
  );

  it('refuses valid credentials the given number of times', async () => {
    const tree = await workTree('a', withPassword('pa:ss word'));
    await remote.setFaults({ refuseCredentials: 1 });
    await expect(git(tree, 'push', '-q', 'origin', 'main')).rejects.toThrow(/Authentication failed/);
    await git(tree, 'push', '-q', 'origin', 'main');
  });

  it('keeps history, keys and ports when it is started again in the same directory', async () => {
    const tree = await workTree('a', remote.ssh.url);
    await git(tree, 'push', '-q', 'origin', 'main');
    const { ssh } = remote;
    await remote.close();
    remote = await createGitRemote({ dir, host: '127.0.0.1', password: 'new', sshPort: ssh.port });
    expect(remote.ssh).toEqual(ssh);
    await commit(tree, 'y');
    await git(tree, 'push', '-q', 'origin', 'main');
  });
});
