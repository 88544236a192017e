import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { messageOf, PressluftError } from '../../fleet/errors.ts';

/**
 * The followed commit, in a small file beside the clone: when the clone is unreadable, or the process ends right after the clone was
 * replaced, a rewritten source branch must still be detected.
 */
export interface Followed {
  get(ref: string): CommitSha | null;
  /** Durable when it returns. Throws PL3012 when the disk is full. */
  set(tips: ReadonlyMap<string, CommitSha>): Promise<void>;
}

export async function loadFollowed(cloneDir: string): Promise<Followed> {
  const file = `${cloneDir}.followed`;
  const known = parse(await readFile(file, 'utf8').catch(unlessAbsent));
  return {
    get: (ref) => known.get(ref) ?? null,
    async set(tips) {
      if ([...tips].every(([ref, tip]) => known.get(ref) === tip)) return;
      const next = new Map([...known, ...tips]);
      await replaceFile(file, [...next].map(([ref, tip]) => `${tip} ${ref}\n`).join(''));
      for (const [ref, tip] of tips) known.set(ref, tip);
    },
  };
}

function parse(text: string): Map<string, CommitSha> {
  const tips = new Map<string, CommitSha>();
  for (const line of text.split('\n')) {
    const tip = parseCommitSha(line.slice(0, 40));
    if (tip !== undefined) tips.set(line.slice(41), tip);
  }
  return tips;
}

async function replaceFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await writeFile(temporary, content, { mode: 0o600, flush: true });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError('written', error);
  }
}

function unlessAbsent(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return '';
  throw fileError('read', error);
}

function fileError(what: string, error: unknown): PressluftError {
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
  return new PressluftError(
    full ? errors.diskFull : errors.gitFailed,
    `The commit that is followed cannot be ${what}: ${messageOf(error)}`,
    {
      hint: full
        ? 'Free space on the disk that holds the state directory.'
        : 'Check the permissions of the state directory.',
      cause: error,
    },
  );
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code);
}
