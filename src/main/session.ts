import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAnsible } from '../adapters/ansible/create-ansible.ts';
import { systemClock } from '../adapters/clock.ts';
import type { GitAuth } from '../adapters/git/auth.ts';
import { createGitRepository } from '../adapters/git/git-repository.ts';
import { createLog } from '../adapters/log/create-log.ts';
import { systemRandom } from '../adapters/random.ts';
import { createSecrets } from '../adapters/secrets/create-secrets.ts';
import { createSignatures } from '../adapters/signatures/create-signatures.ts';
import { acquireStateLock } from '../adapters/sqlite/state-lock.ts';
import { openStore } from '../adapters/sqlite/store.ts';
import { createMachineShell } from '../adapters/ssh/machine-shell.ts';
import type { Session, SessionOptions } from '../cli/context.ts';
import { defaultStatusBranch } from '../fleet/config.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { Deps } from '../ports/index.ts';
import type { Secrets } from '../ports/secrets.ts';
import { readAccepted } from '../reconcile/accepted.ts';
import { createPassMemory } from '../reconcile/memory.ts';
import { endpointFor, tokenUse } from './endpoint.ts';
import { ansibleRoot, ansibleVenv } from './paths.ts';
import { openProviders, providers } from './providers.ts';
import { repositoryFiles } from './repository-files.ts';
import type { Settings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Builds every adapter once. If one cannot be opened, those opened before are closed. */
export async function openSession(settings: Settings, env: Env, options: SessionOptions): Promise<Session> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const deps = await buildDeps(settings, env, options, closers);
    const { artifactMirror, trustedCommit } = settings;
    return { deps, memory: createPassMemory(), artifactMirror, trustedCommit, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function buildDeps(
  settings: Settings,
  env: Env,
  { access, logDestination = process.stderr }: SessionOptions,
  closers: (() => Promise<void> | void)[],
): Promise<Deps> {
  const { stateDir } = settings;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const secrets = createSecrets({
    env,
    ...(settings.secretsDir === undefined ? {} : { secretsDir: settings.secretsDir }),
  });
  const log = createLog({ level: settings.logLevel, destination: logDestination, secrets });
  if (access === 'exclusive') {
    const lock = acquireStateLock(stateDir);
    closers.push(() => lock.release());
  }
  const store = openStore(join(stateDir, 'store.sqlite'), { log });
  closers.push(() => store.close());
  const auth = gitAuth(settings, secrets);
  const git = await createGitRepository({
    // Commands that take no lock use a separate clone, so that they never read during a fetch of the daemon.
    dir: join(stateDir, access === 'exclusive' ? 'repository.git' : 'looking.git'),
    url: settings.repo,
    branch: settings.branch,
    allowRewrite: settings.allowRewrite,
    signed: () => (readAccepted(store)?.signers.length ?? 0) > 0,
    log,
    ...(auth === undefined ? {} : { auth }),
  });
  const machines = createMachineShell({ stateDir, clock: systemClock });
  closers.push(() => machines.close());
  const ansible = createAnsible({
    root: ansibleRoot,
    venvDir: ansibleVenv(env),
    stateDir,
    shell: machines,
    log,
    redact: (text) => secrets.redact(text),
  });
  const accountsOf = openProviders(providers, { clock: systemClock, random: systemRandom, log });
  // Credentials come from the commit in force, even for a plan of another commit: a proposed or refused commit cannot bring its own.
  const files = repositoryFiles(git, async () => {
    return readAccepted(store)?.commit ?? (await git.tips(defaultStatusBranch)).source;
  });
  return {
    clock: systemClock,
    random: systemRandom,
    git,
    machines,
    ansible,
    store,
    secrets,
    signatures: createSignatures(),
    log,
    cloud: async (provider) => {
      const endpoint = endpointFor(providers, provider, settings);
      const token = await secrets.resolve(provider.token, tokenUse(provider, settings), files);
      const account = await accountsOf(provider.type);
      return account(endpoint, token);
    },
  };
}

/** A clone for reading, without the rest of a session. */
export async function cloneForReading(settings: Settings, env: Env, dir: string): Promise<GitRepository> {
  const secrets = createSecrets({ env });
  const auth = gitAuth(settings, secrets);
  return createGitRepository({
    dir,
    url: settings.repo,
    branch: settings.branch,
    // A branch under review may be rewritten at any time, and nothing is applied from it.
    allowRewrite: true,
    log: createLog({ level: settings.logLevel, destination: process.stderr, secrets }),
    ...(auth === undefined ? {} : { auth }),
  });
}

export function gitAuth({ git }: Settings, secrets: Secrets): GitAuth | undefined {
  switch (git.kind) {
    case 'none':
      return undefined;
    case 'ssh':
      return { kind: 'ssh', privateKeyPath: git.privateKeyPath, hostKeys: git.hostKeys };
    case 'token': {
      const token = () => secrets.own(git.variable);
      return { kind: 'token', token, ...(git.username === undefined ? {} : { username: git.username }) };
    }
    case 'password':
      return {
        kind: 'password',
        username: git.username,
        password: () => secrets.own(git.variable),
      };
    default:
      return git satisfies never;
  }
}
