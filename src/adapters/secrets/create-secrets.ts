import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type GrantVerdict, judgeUse, type SecretUse, secretName } from '../../fleet/secret-grants.ts';
import type { SecretRef } from '../../fleet/secret-ref.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { type AgeIdentities, holdsIdentity, readIdentities, secretsDirOf } from './age-identities.ts';
import { secretForms } from './secret-forms.ts';
import { readSopsSecret } from './sops-secret.ts';

export interface SecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The only directory whose files manifests may name; default `PRESSLUFT_SECRETS_DIR`, else `/etc/pressluft/secrets`. */
  readonly secretsDir?: string;
}

/** Manifests may name these variables only, not the rest of the environment. */
const allowedVariable = /^(HCLOUD_|PRESSLUFT_SECRET_)[A-Z0-9_]+$/;
const maxFileBytes = 65_536;
/** Rotated secrets stay redacted; this many are remembered, the oldest are forgotten first. */
const maxRemembered = 1000;

/**
 * Secrets from variables, files, and SOPS files of the repository, read on each call so that a rotated one is picked up. A resolved
 * secret is redacted from then on, except secrets shorter than 6 characters.
 */
export function createSecrets(options: SecretsOptions): Secrets {
  const { env } = options;
  const secretsDir = options.secretsDir ?? secretsDirOf(env);
  const forms = new Map<string, readonly string[]>();
  let pattern: RegExp | undefined;

  function remember(secret: string): void {
    if (forms.has(secret)) return;
    if (forms.size >= maxRemembered) forms.delete(forms.keys().next().value ?? '');
    forms.set(secret, secretForms(secret));
    // The longest first: a form that is a prefix of another would otherwise leave the rest of the other visible.
    const all = [...new Set([...forms.values()].flat())].sort((a, b) => b.length - a.length);
    pattern = all.length === 0 ? undefined : new RegExp(all.map(escapeForPattern).join('|'), 'g');
  }

  async function readKeys(): Promise<AgeIdentities | undefined> {
    const keys = await readIdentities({ env, secretsDir });
    for (const identity of keys?.identities ?? []) remember(identity);
    return keys;
  }

  function known(ref: SecretRef, secret: string): string {
    const trimmed = secret.replace(/[\r\n]+$/, '');
    if (trimmed === '') throw unavailable(ref, 'is empty', 'Put the secret there.');
    remember(trimmed);
    return trimmed;
  }

  return {
    async resolve(ref, use, files) {
      const verdict = judgeUse(use.grants, ref, use);
      if (verdict !== 'granted') throw notGranted(ref, use, verdict);
      const secret =
        ref.kind === 'sops'
          ? await readSopsSecret(ref, files, readKeys)
          : ref.kind === 'env'
            ? readVariable(env, ref.name)
            : await readSecretFile(secretsDir, ref.path);
      // Otherwise the author of a manifest could have the key of all secrets sent to their own server.
      if (ref.kind !== 'sops' && holdsIdentity(secret)) {
        throw unavailable(
          ref,
          'contains a private age key',
          'Name something else: no manifest may refer to it.',
        );
      }
      return known(ref, secret);
    },
    own: async (name) => known({ kind: 'env', name }, variable(env, name)),
    redact: (text) => (pattern === undefined ? text : text.replace(pattern, '[redacted]')),
  };
}

function readVariable(env: SecretsOptions['env'], name: string): string {
  const ref: SecretRef = { kind: 'env', name };
  if (!allowedVariable.test(name)) {
    throw unavailable(
      ref,
      'may not be used',
      'Names of variables with secrets begin with HCLOUD_ or PRESSLUFT_SECRET_.',
    );
  }
  return variable(env, name);
}

function variable(env: SecretsOptions['env'], name: string): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined) return value;
  throw unavailable({ kind: 'env', name }, 'is not set', 'Set it in the environment of Pressluft.');
}

async function readSecretFile(secretsDir: string, path: string): Promise<string> {
  const ref: SecretRef = { kind: 'file', path };
  const hint = `Put the secret into a file in ${secretsDir}.`;
  const outside = unavailable(ref, `is not a file in ${secretsDir}`, hint);
  if (path.includes('\0')) throw outside;
  try {
    const directory = await realpath(secretsDir);
    const real = await realpath(resolve(secretsDir, path));
    if (!real.startsWith(directory.endsWith(sep) ? directory : directory + sep)) throw outside;
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw outside;
      if (stat.size > maxFileBytes) throw unavailable(ref, `is larger than ${maxFileBytes} bytes`, hint);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof PressluftError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw unavailable(
      ref,
      code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown reason'})`,
      hint,
    );
  }
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function notGranted(
  ref: SecretRef,
  { resource, field, host }: SecretUse,
  verdict: Exclude<GrantVerdict, 'granted'>,
): PressluftError {
  const what = verdict === 'host' ? `be sent to ${host}` : 'be used';
  return new PressluftError(
    errors.secretNotGranted,
    `The secret ${secretName(ref).slice(0, 300)} may not ${what} for ${field} of ${resource}`,
    {
      hint: 'If that is intended, let the fleet owner add a grant to spec.secrets.grants of pressluft.yaml.',
    },
  );
}

function unavailable(ref: SecretRef, what: string, hint: string): PressluftError {
  const subject =
    ref.kind === 'env'
      ? `The variable ${ref.name}`
      : `The secret file ${ref.kind === 'file' ? ref.path : ref.file}`;
  return new PressluftError(errors.secretUnavailable, `${subject.slice(0, 300)} ${what}`, { hint });
}
