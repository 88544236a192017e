import type { CommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { Clone } from './clone.ts';
import { incomingRef, lostRef, sourceRef, statusRef, tagRef } from './refs.ts';
import type { RemoteTips, Transport } from './transport.ts';

export interface FetchContext {
  readonly clone: Pick<Clone, 'refs' | 'followed' | 'history'>;
  readonly transport: Transport;
  readonly branch: string;
  readonly allowRewrite: boolean;
  /** A rewritten branch is followed, and the previous tip is kept: it may be the accepted commit. */
  readonly signed?: boolean;
  readonly log: Log | undefined;
}

export interface Fetched {
  readonly source: CommitSha;
  readonly status: CommitSha | null;
}

type RefChanges = Map<string, CommitSha | null>;

/** Fetches the remote's branches and moves the local refs by the rules of {@link GitRepository.fetch}. */
export async function fetchBranches(
  context: FetchContext,
  statusBranch: string,
  signal: AbortSignal | undefined,
): Promise<Fetched> {
  const { clone, transport, branch } = context;
  const branches = [...new Set([branch, statusBranch])];
  const seen = await transport.sync(branches, clone.refs.tips(), signal);

  // Complete tips are recorded first, so that nothing is fetched twice, even if a tip is not followed.
  await clone.refs.update(new Map([...seen.tips].map(([name, tip]) => [incomingRef(name), tip])));

  const source = seen.tips.get(branch);
  if (source === undefined) throw noBranch(branch, statusBranch, seen);
  const status = seen.tips.get(statusBranch) ?? null;

  const changes: RefChanges = new Map();
  await followSource(context, source, changes);
  await mirrorStatus(context, statusBranch, status, changes);
  await mirrorTags(context, seen.tags, changes);
  await clone.refs.update(changes);
  await clone.followed.set(new Map([[sourceRef(branch), source]]));
  return { source, status };
}

async function followSource(context: FetchContext, tip: CommitSha, changes: RefChanges): Promise<void> {
  const { clone, branch, allowRewrite, signed = false, log } = context;
  const name = sourceRef(branch);
  const followed = clone.refs.get(name) ?? clone.followed.get(name);
  if (followed !== null && followed !== tip && !(await clone.history.isAncestor(followed, tip))) {
    if (!allowRewrite && !signed) throw rewritten(branch, followed, tip);
    if (signed && clone.refs.get(name) === followed) changes.set(lostRef(followed), followed);
    log?.warn({ branch, from: followed, to: tip }, 'the source branch was rewritten and is followed');
  }
  changes.set(name, tip);
}

async function mirrorStatus(
  context: FetchContext,
  branch: string,
  tip: CommitSha | null,
  changes: RefChanges,
): Promise<void> {
  const { clone, log } = context;
  const old = clone.refs.get(statusRef(branch));
  if (old !== null && old !== tip && (tip === null || !(await clone.history.isAncestor(old, tip)))) {
    const kept = lostRef(old);
    log?.warn(
      { branch, from: old, to: tip, kept },
      'the status branch was rewritten on the remote; the old records are kept',
    );
    changes.set(kept, old);
  }
  if (old !== tip) changes.set(statusRef(branch), tip);
}

/** Tags of commits that were fetched with the branches; others are left out. */
async function mirrorTags(
  { clone }: FetchContext,
  tags: ReadonlyMap<string, CommitSha>,
  changes: RefChanges,
): Promise<void> {
  const wanted = new Map([...tags].map(([tag, commit]) => [tagRef(tag), commit]));
  for (const name of clone.refs.names()) {
    if (name.startsWith('refs/pressluft/tag/') && !wanted.has(name)) changes.set(name, null);
  }
  const moved = [...wanted].filter(([name, commit]) => clone.refs.get(name) !== commit);
  if (moved.length === 0) return;
  const here = await clone.history.commitsAmong(moved.map(([, commit]) => commit));
  for (const [name, commit] of moved) if (here.has(commit)) changes.set(name, commit);
}

function rewritten(branch: string, followed: CommitSha, tip: CommitSha): PressluftError {
  return new PressluftError(
    errors.branchRewritten,
    `The branch ${branch} was rewritten: ${tip} does not descend from ${followed}, which is followed`,
    {
      hint: `If this was a mistake, push ${followed.slice(0, 12)} back to ${branch}; if it is right, start Pressluft again with PRESSLUFT_ALLOW_REWRITE=1.`,
      details: { branch, followed, tip },
    },
  );
}

function noBranch(branch: string, statusBranch: string, seen: RemoteTips): PressluftError {
  const others = [...new Set([...seen.branches, ...seen.tips.keys()])].filter(
    (name) => name !== statusBranch,
  );
  if (others.length === 0) {
    return new PressluftError(errors.branchMissing, `The repository is empty: it has no branch ${branch}`, {
      hint: `Commit the manifests ("pressluft init" writes some) and push them to ${branch}.`,
      details: { branch },
    });
  }
  return new PressluftError(errors.branchMissing, `The repository has no branch ${branch}`, {
    hint: `Create it, or configure one that exists: ${others.slice(0, 5).join(', ')}.`,
    details: { branch, branches: others },
  });
}
