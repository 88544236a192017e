import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LogLevel } from '../adapters/log/create-log.ts';
import type { RepositoryFlags } from '../cli/context.ts';
import { type CommitSha, parseCommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { providers } from './providers.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Settings from flags, which take precedence, and environment variables. Secrets stay references. */
export interface Settings {
  readonly repo: string;
  readonly branch: string;
  readonly stateDir: string;
  readonly logLevel: LogLevel;
  readonly git: GitLogin;
  /** Follow a branch that was rewritten (PRESSLUFT_ALLOW_REWRITE=1). */
  readonly allowRewrite: boolean;
  /** This commit and its ancestors are trusted without a signature (PRESSLUFT_TRUSTED_COMMIT). */
  readonly trustedCommit: CommitSha | undefined;
  readonly artifactMirror: string | undefined;
  /** Endpoint overrides by provider type: the controller decides where tokens are sent. */
  readonly providerEndpoints: ReadonlyMap<string, string>;
  /** Further origins that a manifest may send its token to (PRESSLUFT_ALLOWED_ENDPOINTS, separated by commas). */
  readonly allowedEndpoints: readonly string[];
  readonly secretsDir: string | undefined;
}

export type GitLogin =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly username: string; readonly variable: string }
  | { readonly kind: 'token'; readonly username: string | undefined; readonly variable: string }
  | { readonly kind: 'ssh'; readonly privateKeyPath: string; readonly hostKeys: readonly string[] };

export function readSettings(
  flags: RepositoryFlags,
  env: Env,
  cwd: string,
  defaultLogLevel: string,
): Settings {
  const repo = flags.repo ?? env.PRESSLUFT_REPO;
  if (repo === undefined || repo === '') {
    throw new PressluftError(errors.flagInvalid, 'no repository is given', {
      hint: 'Pass --repo URL or set PRESSLUFT_REPO to the Git repository with the manifests.',
    });
  }
  return {
    repo: isRemote(repo) ? repo : resolve(cwd, repo),
    branch: flags.branch ?? env.PRESSLUFT_BRANCH ?? 'main',
    stateDir: resolve(cwd, flags.stateDir ?? env.PRESSLUFT_STATE_DIR ?? defaultStateDir(env)),
    logLevel: logLevel(flags.logLevel ?? env.PRESSLUFT_LOG_LEVEL ?? defaultLogLevel),
    git: gitLogin(env),
    allowRewrite: env.PRESSLUFT_ALLOW_REWRITE === '1',
    trustedCommit: trustedCommit(env),
    artifactMirror: httpUrl(env, 'PRESSLUFT_ARTIFACT_MIRROR'),
    providerEndpoints: providerEndpoints(env),
    allowedEndpoints: (env.PRESSLUFT_ALLOWED_ENDPOINTS ?? '').split(',').filter((origin) => origin !== ''),
    secretsDir: env.PRESSLUFT_SECRETS_DIR,
  };
}

const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

function logLevel(text: string): LogLevel {
  const level = logLevels.find((candidate) => candidate === text);
  if (level !== undefined) return level;
  throw new PressluftError(errors.flagInvalid, `${text} is not a log level`, {
    hint: `Choose one of ${logLevels.join(', ')}.`,
  });
}

function isRemote(repo: string): boolean {
  return /^[a-z+]+:\/\//.test(repo) || /^[^/@]+@[^/:]+:/.test(repo);
}

function defaultStateDir(env: Env): string {
  const base = env.XDG_STATE_HOME;
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.local', 'state'), 'pressluft');
}

function gitLogin(env: Env): GitLogin {
  if (env.PRESSLUFT_GIT_SSH_KEY !== undefined) {
    const hostKeys = (env.PRESSLUFT_GIT_HOST_KEY ?? '').split('\n').filter((line) => line.trim() !== '');
    if (hostKeys.length === 0) {
      throw new PressluftError(
        errors.settingInvalid,
        'PRESSLUFT_GIT_SSH_KEY is set, but no host key of the Git server is pinned',
        {
          hint: 'Set PRESSLUFT_GIT_HOST_KEY to the key that the server publishes, e.g. `ssh-ed25519 AAAA…`.',
        },
      );
    }
    return { kind: 'ssh', privateKeyPath: env.PRESSLUFT_GIT_SSH_KEY, hostKeys };
  }
  const username = env.PRESSLUFT_GIT_USER;
  if (env.PRESSLUFT_GIT_TOKEN !== undefined)
    return { kind: 'token', username, variable: 'PRESSLUFT_GIT_TOKEN' };
  if (env.PRESSLUFT_GIT_PASSWORD === undefined) return { kind: 'none' };
  return { kind: 'password', username: username ?? 'git', variable: 'PRESSLUFT_GIT_PASSWORD' };
}

function trustedCommit(env: Env): CommitSha | undefined {
  const text = env.PRESSLUFT_TRUSTED_COMMIT;
  if (text === undefined || text === '') return undefined;
  const commit = parseCommitSha(text);
  if (commit !== undefined) return commit;
  throw new PressluftError(errors.settingInvalid, 'PRESSLUFT_TRUSTED_COMMIT is not a full commit id', {
    hint: 'Set it to the 40 hexadecimal digits that `git rev-parse` prints: names and abbreviations can later refer to another commit.',
  });
}

function providerEndpoints(env: Env): ReadonlyMap<string, string> {
  const set = Object.entries(providers).flatMap(([type, { adapter }]) => {
    const endpoint = httpUrl(env, adapter.endpointVariable);
    return endpoint === undefined ? [] : [[type, endpoint] as const];
  });
  return new Map(set);
}

function httpUrl(env: Env, name: string): string | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value.replace(/\/+$/, '');
  throw new PressluftError(errors.settingInvalid, `${name} is not an http(s) URL: ${value}`);
}
