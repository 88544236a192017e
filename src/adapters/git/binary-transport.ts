import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { GitCommand, GitRunOptions } from './git-command.ts';
import { canceled, gitError, processError } from './git-errors.ts';
import type { Redactor } from './redact.ts';
import { incomingRef } from './refs.ts';
import type { RemoteUrl } from './remote-url.ts';
import { type RemoteTips, remoteTips, type Transport } from './transport.ts';

/** SSH and local remotes, through the `git` binary. `environment` returns the variables that each call needs in addition to the fixed environment. */
export function createBinaryTransport(options: {
  readonly git: GitCommand;
  readonly remote: RemoteUrl;
  readonly redactor: Redactor;
  readonly timeoutMs: number;
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
}): Transport {
  const { git, remote, redactor } = options;

  async function network(args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const what = args[0] ?? '';
    const settings: GitRunOptions = {
      timeoutMs: options.timeoutMs,
      env: await options.environment(),
      signal,
      maxOutputBytes: 16 * 1_048_576,
    };
    const result = await git.try(args, settings);
    if (result.canceled) throw canceled(what, signal?.reason);
    if (result.timedOut) {
      throw new PressluftError(
        errors.remoteUnreachable,
        `git ${what} got no answer within ${options.timeoutMs} ms`,
        {
          hint: 'Check that this machine reaches the Git server.',
        },
      );
    }
    if (result.exitCode === 0) return result.stdout;
    // `push --porcelain` prints the reason on standard output.
    throw what === 'push'
      ? gitError(what, `${result.stderr}\n${rejections(result.stdout)}`, redactor)
      : processError(what, result, redactor);
  }

  async function look(branches: readonly string[], signal: AbortSignal | undefined): Promise<RemoteTips> {
    const names = branches.map((branch) => `refs/heads/${branch}`);
    const text = await network(['ls-remote', '--quiet', '--', remote.url, ...names, 'refs/tags/*'], signal);
    const seen = remoteTips(parseRefLines(text), branches);
    if (seen.tips.size > 0) return seen;
    // Only for the message: distinguishes an empty repository from a wrong name.
    const all = await network(['ls-remote', '--quiet', '--refs', '--heads', '--', remote.url], signal);
    return { ...seen, branches: remoteTips(parseRefLines(all), branches).branches };
  }

  async function bring(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    await network(
      [
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-auto-maintenance',
        '--no-recurse-submodules',
        '--',
        remote.url,
        ...names.map((name) => `+refs/heads/${name}:${incomingRef(name)}`),
      ],
      signal,
    );
  }

  async function incoming(names: readonly string[]): Promise<ReadonlyMap<string, CommitSha>> {
    const tips = new Map<string, CommitSha>();
    for (const name of names) {
      const text = await git.run(['rev-parse', '--verify', '--end-of-options', incomingRef(name)]);
      const commit = parseCommitSha(text.trim());
      if (commit !== undefined) tips.set(name, commit);
    }
    return tips;
  }

  return {
    look,
    async sync(branches, complete, signal) {
      const seen = await look(branches, signal);
      if ([...seen.tips.values()].every((tip) => complete.has(tip))) return seen;
      const names = [...seen.tips.keys()];
      await bring(names, signal);
      // The branches may have moved since they were listed: the fetched tips count.
      return { ...seen, tips: await incoming(names) };
    },
    async push(branch, commit, expected, signal) {
      const ref = `refs/heads/${branch}`;
      await network(
        [
          'push',
          '--quiet',
          '--porcelain',
          '--no-verify',
          '--no-follow-tags',
          // Compare-and-swap. A lease also permits a rewind, so the caller makes sure that `commit` descends from `expected`.
          `--force-with-lease=${ref}:${expected ?? ''}`,
          '--',
          remote.url,
          `${commit}:${ref}`,
        ],
        signal,
      );
    },
  };
}

function parseRefLines(text: string): readonly (readonly [string, string])[] {
  return text.split('\n').map((line) => {
    const [oid = '', name = ''] = line.split('\t');
    return [name, oid];
  });
}

function rejections(porcelain: string): string {
  return porcelain
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .join('\n');
}
