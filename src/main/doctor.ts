import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureVenv } from '../adapters/ansible/ensure-venv.ts';
import { systemClock } from '../adapters/clock.ts';
import { createLocalProbes } from '../adapters/doctor/local-probes.ts';
import { createGitRepository } from '../adapters/git/git-repository.ts';
import { createLog } from '../adapters/log/create-log.ts';
import { systemRandom } from '../adapters/random.ts';
import { createSecrets } from '../adapters/secrets/create-secrets.ts';
import type { Doctor, RepositoryFlags } from '../cli/context.ts';
import { defaultStatusBranch } from '../fleet/config.ts';
import type { DesiredCloudProvider } from '../fleet/desired.ts';
import type { SecretRef } from '../fleet/secret-ref.ts';
import { isError } from '../manifest/index.ts';
import type { ProviderProbe, RepositoryFacts } from '../ports/doctor-probes.ts';
import type { RepositoryFiles, Secrets } from '../ports/secrets.ts';
import { loadDesired } from '../reconcile/load-desired.ts';
import { createPassMemory } from '../reconcile/memory.ts';
import { codeOfNodes } from './doctor-code.ts';
import { endpointFor, tokenUse } from './endpoint.ts';
import { ansibleRoot, ansibleVenv } from './paths.ts';
import { openProviders, providers } from './providers.ts';
import { repositoryFiles } from './repository-files.ts';
import { gitAuth } from './session.ts';
import { readSettings, type Settings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The probes of `pressluft doctor`. Without a repository only this machine is checked. The state directory is read, never created. */
export function openDoctor(flags: RepositoryFlags, env: Env, cwd: string): Doctor {
  const named = flags.repo ?? env.PRESSLUFT_REPO;
  const configured = named !== undefined && named !== '';
  const settings = readSettings(configured ? flags : { ...flags, repo: cwd }, env, cwd, 'silent');
  const local = createLocalProbes({
    env,
    stateDir: settings.stateDir,
    ansibleRoot,
    ansibleVenv: ansibleVenv(env),
  });
  return {
    probes: {
      ...local,
      repository: configured
        ? {
            url: withoutCredentials(settings.repo),
            branch: settings.branch,
            reach: (signal) => reachRepository(settings, env, signal),
          }
        : null,
      codeOfNodes: async (signal) => {
        const { kind } = await local.store();
        if (!configured || (kind !== 'good' && kind !== 'in_use')) return [];
        return await codeOfNodes(settings, env, signal);
      },
    },
    installAnsible: (onProgress, signal) =>
      ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(env), onProgress, signal }),
  };
}

/** Fetches into a temporary clone, so that the clone of the daemon is not touched. */
async function reachRepository(settings: Settings, env: Env, signal: AbortSignal): Promise<RepositoryFacts> {
  const secrets = createSecrets({
    env,
    ...(settings.secretsDir === undefined ? {} : { secretsDir: settings.secretsDir }),
  });
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-doctor-'));
  try {
    const auth = gitAuth(settings, secrets);
    const git = await createGitRepository({
      dir: join(dir, 'repository.git'),
      url: settings.repo,
      branch: settings.branch,
      ...(auth === undefined ? {} : { auth }),
    });
    const { source } = await git.fetch(defaultStatusBranch, signal);
    const { fleet, diagnostics } = await loadDesired(git, source, createPassMemory(), {});
    const providers = [...(fleet?.providers.values() ?? [])].filter(
      (provider) => provider.machines === 'acquired',
    );
    const files = repositoryFiles(git, async () => source);
    return {
      commit: source,
      manifestErrors: diagnostics.filter(isError).length,
      providers: await Promise.all(
        providers.map(async (provider) =>
          providerProbe(provider, settings, secrets, await preloadedFile(provider.token, files)),
        ),
      ),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The clone is removed before the provider is contacted, so the file with its token is read first. */
async function preloadedFile(token: SecretRef, files: RepositoryFiles): Promise<RepositoryFiles> {
  if (token.kind !== 'sops') return files;
  const read = files(token.file);
  await read.catch(() => undefined);
  return () => read;
}

function providerProbe(
  provider: DesiredCloudProvider,
  settings: Settings,
  secrets: Secrets,
  files: RepositoryFiles,
): ProviderProbe {
  const endpoint = endpointFor(providers, provider, settings);
  return {
    name: provider.name,
    endpoint,
    async reach(signal) {
      const log = createLog({ level: 'silent', destination: process.stderr, secrets });
      const account = await openProviders(providers, {
        clock: systemClock,
        random: systemRandom,
        log,
        requestTimeoutMs: 10_000,
        maxRetries: 1,
      })(provider.type);
      const cloud = account(
        endpoint,
        await secrets.resolve(provider.token, tokenUse(provider, settings), files),
      );
      await cloud.check(signal);
      const mayWrite = await cloud.mayWrite(signal);
      const time = cloud.serverTime();
      return { mayWrite, clockSkewMs: time === null ? null : time.localMs - time.serverMs };
    },
  };
}

function withoutCredentials(repo: string): string {
  if (!URL.canParse(repo)) return repo;
  const url = new URL(repo);
  url.username = '';
  url.password = '';
  return url.href;
}
