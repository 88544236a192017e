import { gitError } from '../../../src/adapters/git/git-errors.ts';
import { createRedactor } from '../../../src/adapters/git/redact.ts';
import { type RemoteTips, remoteTips, type Transport } from '../../../src/adapters/git/transport.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import type { Arrival, Gate, Latency } from '../core/index.ts';
import type { SimClone } from './clone.ts';
import type { SimRemote } from './remote.ts';

/** Time limit of a fetch or push, the default of the adapter. */
export const gitTimeoutMs = 300_000;

const latencyMs: Latency = [10, 90];
const redactor = createRedactor();

/** The transport to the remote: the effect of each request on arrival, and all faults in transit. */
export function simTransport(gate: Gate, remote: SimRemote, clone: SimClone): Transport {
  const names = (stale: string | null, branches: readonly string[]): RemoteTips => {
    const refs = [...remote.branches].map(([branch, tip]): [string, string] => [`refs/heads/${branch}`, tip]);
    const tags = [...remote.tags].map(([tag, commit]): [string, string] => [`refs/tags/${tag}`, commit]);
    const seen = remoteTips([...refs, ...tags], branches);
    if (stale === null) return seen;
    const tips = new Map(seen.tips);
    const older = remote.staleTip(stale);
    if (older === null) tips.delete(stale);
    else tips.set(stale, older);
    return { ...seen, tips };
  };
  const staleBranch = (fault: string | null, branches: readonly string[]) => {
    if (fault === 'stale-first') return branches[0] ?? null;
    return fault === 'stale-last' ? (branches[branches.length - 1] ?? null) : null;
  };

  return {
    look: (branches, signal) =>
      gate.call('git.look', {
        signal,
        latencyMs,
        faults: ['unreachable', 'credentials', 'slow', 'stale-first'],
        lost: () => lost('ls-remote'),
        cancelled: cancelled('ls-remote'),
        effect: async ({ fault }) => {
          await arrive(remote, 'ls-remote', fault);
          return names(staleBranch(fault, branches), branches);
        },
      }),

    sync: async (branches, complete, signal) => {
      const seen = await gate.call('git.fetch', {
        signal,
        latencyMs,
        faults: ['unreachable', 'credentials', 'slow', 'stale-first', 'stale-last', 'disk-full'],
        lost: () => lost('fetch'),
        cancelled: cancelled('fetch'),
        effect: async ({ fault }) => {
          await arrive(remote, 'fetch', fault);
          return { tips: names(staleBranch(fault, branches), branches), full: fault === 'disk-full' };
        },
      });
      const news = [...seen.tips.tips.values()].filter((tip) => !complete.has(tip));
      // New objects are checked against existing ones.
      if (news.length > 0 && clone.damaged) throw failure('rev-list', 'fatal: bad object');
      if (news.length > 0 && (seen.full || clone.diskFull)) throw diskFull('index-pack');
      for (const tip of news) clone.receive(tip);
      return seen.tips;
    },

    push: (branch, commit, expected, signal) =>
      gate.call('git.push', {
        signal,
        latencyMs,
        faults: ['overtaken', 'unreachable', 'credentials', 'slow', 'refused', 'late'],
        lost: () => lost('push'),
        cancelled: cancelled('push'),
        effect: async (arrival) => {
          let wanted = true;
          arrival.onAbandoned(() => {
            wanted = remote.random.chance(0.5);
          });
          await arrive(remote, 'push', arrival.fault);
          if (!wanted) return;
          if (arrival.fault === 'refused') throw failure('push', 'rejected: pre-receive hook declined');
          if (arrival.fault === 'overtaken') remote.overtake(branch);
          const land = () => remote.compareAndSwap(gate.process.name, branch, commit, expected);
          if (arrival.fault === 'late') return await landLate(remote, arrival, land);
          if (!land()) throw failure('push', `rejected: refs/heads/${branch} is another commit (stale info)`);
        },
      }),
  };
}

/** The server has received the request, and applies it after its sender has given up. */
async function landLate(remote: SimRemote, arrival: Arrival, land: () => boolean): Promise<void> {
  const afterMs = gitTimeoutMs + remote.random.between(1, 600_000);
  remote.timeline.in(afterMs, 'git.push lands', () => void land());
  await Promise.race([
    remote.timeline.sleep(gitTimeoutMs, 'git.push times out'),
    new Promise<void>((resolve) => arrival.onAbandoned(resolve)),
  ]);
  throw tooSlow('push');
}

/** Throws the error of the caller when the request does not arrive. */
async function arrive(remote: SimRemote, what: string, fault: string | null): Promise<void> {
  const { timeline, random } = remote;
  if (!remote.reachable || fault === 'unreachable') {
    await timeline.sleep(random.between(0, 20_000), `git ${what} is not answered`);
    throw failure(what, 'could not resolve host: git.example.org');
  }
  if (fault === 'slow') {
    const ms = random.between(1000, 1.2 * gitTimeoutMs);
    await timeline.sleep(Math.min(ms, gitTimeoutMs), `git ${what} is slow`);
    if (ms >= gitTimeoutMs) throw tooSlow(what);
  }
  if (remote.credentials === 'expired' || fault === 'credentials')
    throw failure(what, 'authentication failed: HTTP 401');
}

function failure(what: string, text: string): PressluftError {
  return gitError(what, text, redactor);
}

function lost(what: string): PressluftError {
  return failure(what, 'connection reset: socket hang up');
}

function tooSlow(what: string): PressluftError {
  return new PressluftError(
    errors.remoteUnreachable,
    `git ${what} got no complete answer within ${gitTimeoutMs} ms`,
    {
      hint: 'Check that this machine reaches the Git server.',
    },
  );
}

export function diskFull(what: string): PressluftError {
  return failure(what, 'fatal: write error: No space left on device');
}

function cancelled(what: string) {
  return (reason: unknown) =>
    new PressluftError(errors.cancelled, `git ${what} was cancelled`, { cause: reason });
}
