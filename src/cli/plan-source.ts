import { defaultStatusBranch } from '../fleet/config.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitReader } from '../ports/git-repository.ts';
import type { Deps } from '../ports/index.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { PassMemory } from '../reconcile/memory.ts';
import { fetchedStatusBranch } from '../reconcile/status-branch.ts';
import type { CliContext, ReadOnlySession, RepositoryFlags } from './context.ts';
import { repositoryFlags } from './options.ts';
import { withSession } from './with-session.ts';

/** The flags that select the commits and the observed state of a plan. */
export interface PlanRequest extends RepositoryFlags {
  /** `live`, `status`, or a file that `--save-observed` wrote. */
  readonly observed?: string;
  readonly saveObserved?: string;
  readonly ref?: string;
  readonly base?: string;
  readonly dir?: string;
}

export type ObservedFrom =
  | { readonly kind: 'live' }
  | { readonly kind: 'status' }
  | { readonly kind: 'file'; readonly path: string };

/** The dependencies of making a plan. `deps` is null unless providers and nodes are observed. */
export interface PlanSource {
  readonly git: GitReader;
  readonly clock: Clock;
  readonly signatures: Signatures;
  readonly memory: PassMemory;
  readonly artifactMirror: string | undefined;
  readonly deps: Deps | null;
  /** The status branch to assume until the manifests are read. */
  readonly statusBranch: string;
  contentVersion(): Promise<string>;
}

export function observedFrom({ observed, dir }: PlanRequest): ObservedFrom {
  const source = observed ?? (dir === undefined ? 'live' : 'status');
  if (source === 'live' && dir !== undefined) {
    throw new PressluftError(
      errors.flagInvalid,
      'a directory is planned against the records; nodes are not observed',
      {
        hint: 'Omit --observed live, or pass a commit with --ref instead of --dir.',
      },
    );
  }
  if (source === 'live' || source === 'status') return { kind: source };
  return { kind: 'file', path: source };
}

/**
 * Opens what the plan needs for the duration of `work`: a session with keys and store to observe the fleet, otherwise only the repository.
 * An open read-only session is reused.
 */
export async function withPlanSource<T>(
  context: CliContext,
  flags: PlanRequest,
  from: ObservedFrom,
  open: ReadOnlySession | null,
  work: (source: PlanSource) => Promise<T>,
): Promise<T> {
  if (from.kind === 'live') {
    return withSession(context, flags, { access: 'shared', defaultLogLevel: 'warn' }, (session) => {
      const { deps, memory, artifactMirror } = session;
      const { git, clock, ansible, signatures } = deps;
      const statusBranch = fetchedStatusBranch(deps.store);
      const contentVersion = () => ansible.contentVersion();
      return work({ git, clock, signatures, memory, artifactMirror, deps, statusBranch, contentVersion });
    });
  }
  if (open !== null) return work({ ...open, deps: null, statusBranch: defaultStatusBranch });
  const dir = flags.dir === undefined ? {} : { dir: flags.dir };
  const session = await context.openReadOnlySession({ ...repositoryFlags(flags), ...dir });
  try {
    return await work({ ...session, deps: null, statusBranch: defaultStatusBranch });
  } finally {
    await session.close();
  }
}
