import { actionKinds } from '../actions/index.ts';
import type { CommitSha, EnvironmentName, ResourceRef } from '../fleet/brand.ts';
import type { Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import { isError } from '../manifest/index.ts';
import { plan } from '../plan/plan.ts';
import type { CommitInfo } from '../ports/git-repository.ts';
import { observedFromStatus } from '../record/observed-from-status.ts';
import { environmentsOfSite, fleetDetailsOf } from '../record/status/fleet-details.ts';
import type { CliContext, ReadOnlySession, RepositoryFlags } from './context.ts';
import { renderExplainText } from './explain-resource-text.ts';
import {
  type ExplainedRelative,
  type ExplainView,
  explainedCommit,
  explainView,
} from './explain-resource-view.ts';
import { type FoundResource, findResource } from './find-resource.ts';
import { differences, type HistoryGit, manifestChanges, resourceAt } from './history-manifest.ts';
import { runsOf } from './history-records.ts';
import { writeJson } from './json-text.ts';
import { type Current, withCurrent } from './load-current.ts';
import type { Format } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { siteOwnedOf } from './site-owned.ts';

export interface ExplainFlags extends RepositoryFlags {
  readonly format: Format;
}

/** Explains the state of a resource from Git alone. Throws PL2004 for an unknown resource. */
export async function explainResource(
  context: CliContext,
  subject: string,
  flags: ExplainFlags,
  color: ColorChoice,
): Promise<void> {
  const { view, now } = await withCurrent(context, flags, async (session, current) => {
    const now = session.clock.now();
    const found = await findResource(session.git, current, subject);
    return { view: await explainedView(session, current, found, now), now };
  });
  if (flags.format === 'json') return writeJson(context, view);
  context.stdout.write(renderExplainText(view, paintFor(context.stdout, context.env, color), now));
}

async function explainedView(
  session: ReadOnlySession,
  current: Current,
  found: FoundResource,
  now: number,
): Promise<ExplainView> {
  const { git } = session;
  const { ref, file } = found;
  const { manifests, recorded } = current;
  const { commit } = current;
  const status = recorded.status.get(ref);
  const [lastChange] = file === null ? [] : await manifestChanges(git, { ref, file, from: commit, limit: 1 });
  const planned = await planFromStatus(session, current, now);
  const written = file === null ? undefined : await resourceAt(git, commit, file, ref);
  const resource = manifests.resources.find((candidate) => candidate.ref === ref);
  const causes = (planned?.actions ?? []).flatMap(({ resource: of, cause }) =>
    of === ref && cause !== null && cause.file !== file ? [cause.file] : [],
  );
  const [lastRun] = recorded.head === null ? [] : await runsOf(git, recorded.head, ref, { limit: 1 });
  return explainView({
    ref,
    status,
    recordsOf: recordsOf(current),
    related: relatedOf(current.recorded, status),
    desired: {
      commit,
      position: written?.positionOf('metadata.name') ?? null,
      quarantined: resource?.quarantined ?? false,
      problems: manifests.diagnostics.filter(
        (problem) =>
          isError(problem) && (problem.resource === ref || (found.described && problem.file === file)),
      ),
      lastChange:
        lastChange === undefined
          ? null
          : { ...explainedCommit(lastChange.commit), kind: lastChange.kind, fields: lastChange.fields },
    },
    applied: await infoOf(git, status?.appliedRevision ?? null),
    pendingFields: await fieldsSince(git, status?.appliedRevision ?? null, found, written),
    plan: planned,
    siteOwned: siteOwnedOf(environmentAt(current, ref), status),
    lastRun,
    commitOf: await lastCommits(git, commit, causes),
  });
}

function environmentAt({ manifests }: Current, ref: ResourceRef) {
  const parsed = parseResourceRef(ref);
  if (parsed?.kind !== 'Environment') return undefined;
  return manifests.fleet?.environments.get(parsed.name as EnvironmentName);
}

function recordsOf({ commit, recorded }: Current): string | null {
  const fleet = [...recorded.status.values()].find(({ ref }) => ref.startsWith('pressluft/'));
  const revision = fleet?.observedRevision ?? null;
  return revision === commit ? null : revision;
}

/** Related resources that are not ready: the node of an environment, the provider of a node, the environments of a site. */
function relatedOf({ status }: RecordedFleet, own: StatusDocument | undefined): readonly ExplainedRelative[] {
  if (own === undefined) return [];
  const refs = [
    ...(own.node === null ? [] : [`node/${own.node}`]),
    ...(own.provider === null ? [] : [`provider/${own.provider}`]),
    ...environmentsOfSite(own).map((name) => `environment/${name}`),
  ];
  return refs.flatMap((ref) => {
    const document = status.get(ref as ResourceRef);
    const ready = document?.conditions.find(({ type }) => type === 'Ready');
    if (document === undefined || ready === undefined || ready.status === 'True') return [];
    return [{ resource: document.ref, reason: ready.reason, message: ready.message }];
  });
}

/** The plan that the next pass is expected to make, computed from the records. */
async function planFromStatus(session: ReadOnlySession, current: Current, now: number): Promise<Plan | null> {
  const { manifests, recorded } = current;
  if (manifests.fleet === undefined || recorded.head === null) return null;
  const fleet = [...recorded.status.values()].find(({ ref }) => ref.startsWith('pressluft/'));
  // The recorded digests include the content version that was in use then.
  return plan({
    desired: manifests.fleet,
    observed: observedFromStatus(manifests.fleet, recorded),
    recorded,
    contentVersion: fleetDetailsOf(fleet).contentVersion ?? (await session.contentVersion()),
    now,
    kinds: actionKinds,
  });
}

async function infoOf(git: HistoryGit, commit: CommitSha | null): Promise<CommitInfo | null> {
  // The commit may no longer exist after a rewrite of the branch.
  return commit === null ? null : git.commitInfo(commit).catch(() => null);
}

async function fieldsSince(
  git: HistoryGit,
  applied: CommitSha | null,
  { ref, file }: FoundResource,
  written: Awaited<ReturnType<typeof resourceAt>>,
) {
  if (applied === null || file === null || written === undefined) return [];
  const before = await resourceAt(git, applied, file, ref);
  return before === undefined ? [] : differences(before, written);
}

async function lastCommits(
  git: HistoryGit,
  from: CommitSha,
  files: readonly string[],
): Promise<ReadonlyMap<string, CommitInfo>> {
  const found = new Map<string, CommitInfo>();
  for (const file of new Set(files)) {
    const [commit] = await git.log(from, { paths: [file], limit: 1 });
    if (commit !== undefined) found.set(file, commit);
  }
  return found;
}
