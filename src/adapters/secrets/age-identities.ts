import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

export interface IdentitySources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secretsDir: string;
}

export interface AgeIdentities {
  /** `AGE-SECRET-KEY-1…`, or `AGE-SECRET-KEY-PQ-1…` (post-quantum); never empty. */
  readonly identities: readonly string[];
  /** Sources: names of variables and files. */
  readonly sources: readonly string[];
  /** Source files that other users of this machine may read. */
  readonly openFiles: readonly string[];
}

/** Default file in the secrets directory when no variable names another; manifests may not name it. */
export const defaultIdentityFile = 'age.key';
const fileVariables = ['PRESSLUFT_AGE_KEY_FILE', 'SOPS_AGE_KEY_FILE'] as const;
const maxFileBytes = 65_536;
const identityLine = /^AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]+$/;

/**
 * The private age keys of this controller: from `PRESSLUFT_AGE_KEY_FILE`, `SOPS_AGE_KEY_FILE` and `SOPS_AGE_KEY` (the latter two as in
 * `sops`), otherwise from `age.key` in the secrets directory. Undefined when there is none. Throws PL2038 when a named one cannot
 * be used.
 */
export async function readIdentities(options: IdentitySources): Promise<AgeIdentities | undefined> {
  const { env, secretsDir } = options;
  const found: { source: string; text: string; open: boolean }[] = [];
  for (const name of fileVariables) {
    const path = env[name];
    if (path === undefined || path === '') continue;
    const file = await readIdentityFile(path);
    if (file === undefined) throw unusable(`${name} names ${path}, which does not exist`);
    found.push({ source: path, ...file });
  }
  const inline = env.SOPS_AGE_KEY;
  if (inline !== undefined && inline !== '')
    found.push({ source: 'SOPS_AGE_KEY', text: inline, open: false });
  if (found.length === 0) {
    const path = join(secretsDir, defaultIdentityFile);
    const file = await readIdentityFile(path);
    if (file !== undefined) found.push({ source: path, ...file });
  }
  if (found.length === 0) return undefined;
  return {
    identities: [...new Set(found.flatMap(({ source, text }) => parseIdentities(source, text)))],
    sources: found.map(({ source }) => source),
    openFiles: found.filter((file) => file.open).map(({ source }) => source),
  };
}

/** Whether a text contains a private age key; manifests may not refer to one. */
export function holdsIdentity(text: string): boolean {
  return /AGE-SECRET-KEY-(PQ-|PLUGIN-)?/i.test(text);
}

function parseIdentities(source: string, text: string): readonly string[] {
  if (text.startsWith('age-encryption.org/') || text.includes('BEGIN AGE ENCRYPTED FILE')) {
    throw unusable(`${source} is protected by a passphrase, which cannot be entered here`);
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  // The line itself is never shown: it may be a key with a typing error.
  const bad = lines.findIndex((line) => !identityLine.test(line));
  if (bad !== -1) throw unusable(`${source} contains a line that is not a private age key`);
  if (lines.length === 0) throw unusable(`${source} contains no private age key`);
  return lines;
}

async function readIdentityFile(path: string): Promise<{ text: string; open: boolean } | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > maxFileBytes) throw unusable(`${path} is not a file with age keys`);
      return { text: await file.readFile('utf8'), open: (stat.mode & 0o077) !== 0 };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof PressluftError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(`${path} cannot be read (${code ?? 'unknown reason'})`);
  }
}

function unusable(message: string): PressluftError {
  return new PressluftError(errors.ageKeyUnusable, message, {
    hint: 'Make a key with `age-keygen -o FILE`, and name the file in PRESSLUFT_AGE_KEY_FILE.',
  });
}

/** The only directory whose files manifests may name. */
export function secretsDirOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.PRESSLUFT_SECRETS_DIR || '/etc/pressluft/secrets';
}
