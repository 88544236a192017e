import { rm } from 'node:fs/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { messageOf, PressluftError } from '../../fleet/errors.ts';
import type { Log } from '../../ports/log.ts';
import { type Followed, loadFollowed } from './followed.ts';
import { createGitCommand, type GitCommand } from './git-command.ts';
import { createHistory, type History } from './history.ts';
import {
  cloneExists,
  initClone,
  isIntact,
  removeLeftovers,
  removeUnfinished,
  setAside,
} from './local-clone.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { createObjectWriter, type ObjectWriter } from './object-writer.ts';
import type { Redactor } from './redact.ts';
import { isLostRef, isSourceRef, loadRefs, type Refs } from './refs.ts';
import type { RemoteUrl } from './remote-url.ts';
import { createTreeListing, type TreeListing } from './tree-listing.ts';

/** The bare clone on this machine with its readers and writers. */
export interface Clone {
  readonly git: GitCommand;
  readonly refs: Refs;
  readonly reader: ObjectReader;
  readonly history: History;
  readonly trees: TreeListing;
  readonly writer: ObjectWriter;
  readonly followed: Followed;
  /** An expected object was not found. */
  suspect(): void;
  /** An object cannot be read. */
  corrupt(): void;
  /** The clone was checked and is sound. */
  clear(): void;
  /** `suspect`: an expected object was not found; `corrupt`: an object cannot be read. */
  health(): 'good' | 'suspect' | 'corrupt';
}

export interface CloneOptions {
  readonly dir: string;
  readonly remote: RemoteUrl;
  readonly redactor: Redactor;
  readonly log: Log | undefined;
}

/** Opens the clone; creates it when there is none, and replaces a damaged one by an empty one. */
export async function openClone(options: CloneOptions, ownedSinceMs: number): Promise<Clone> {
  const { dir, remote, redactor, log } = options;
  await guardDisk(() => removeUnfinished(dir));
  if (!(await cloneExists(dir))) return await freshClone(options);

  const removed = await removeLeftovers(dir, ownedSinceMs);
  if (removed > 0) log?.warn({ dir, removed }, 'removed what an interrupted git left in the clone');
  const git = createGitCommand(dir, remote, redactor);
  const refs = await loadRefs(git).catch((error: unknown) => {
    if (error instanceof PressluftError && error.code === errors.programMissing) throw error;
    return null;
  });
  if (refs === null || refs.broken || !(await isIntact(git, refs.tips())))
    return await replaceClone(options, refs);
  return assemble(options, git, refs, await loadFollowed(dir));
}

/** Replaces a damaged clone by an empty one. */
export async function replaceClone(options: CloneOptions, refs: Refs | null): Promise<Clone> {
  const { dir, log } = options;
  const names = refs?.names() ?? [];
  await (await loadFollowed(dir)).set(
    new Map(
      names.filter(isSourceRef).flatMap((name) => {
        const tip = refs?.get(name) ?? null;
        return tip === null ? [] : [[name, tip] as const];
      }),
    ),
  );
  const aside = await setAside(dir);
  // Tips that the remote no longer has exist nowhere else.
  const keep = names.some(isLostRef);
  log?.warn({ dir, ...(keep ? { keptAt: aside } : {}) }, 'replaced the damaged local clone');
  if (!keep) await rm(aside, { recursive: true, force: true });
  return await freshClone(options);
}

async function freshClone(options: CloneOptions): Promise<Clone> {
  await guardDisk(() => initClone(options.dir));
  const git = createGitCommand(options.dir, options.remote, options.redactor);
  return assemble(options, git, await loadRefs(git), await loadFollowed(options.dir));
}

function assemble({ dir, redactor }: CloneOptions, git: GitCommand, refs: Refs, followed: Followed): Clone {
  let health: 'good' | 'suspect' | 'corrupt' = 'good';
  function corrupt(): void {
    health = 'corrupt';
  }
  function suspect(): void {
    if (health === 'good') health = 'suspect';
  }
  function clear(): void {
    if (health === 'suspect') health = 'good';
  }
  const reader = createObjectReader(git, redactor, corrupt);
  return {
    git,
    refs,
    reader,
    history: createHistory(git, redactor),
    trees: createTreeListing(reader, suspect),
    writer: createObjectWriter(dir),
    followed,
    suspect,
    corrupt,
    clear,
    health: () => health,
  };
}

async function guardDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new PressluftError(
      full ? errors.diskFull : errors.gitFailed,
      `The local clone cannot be made: ${messageOf(error)}`,
      {
        hint: full
          ? 'Free space on the disk that holds the state directory.'
          : 'Check the permissions of the state directory.',
        cause: error,
      },
    );
  }
}
