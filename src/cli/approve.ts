import type { Command } from 'commander';
import { actionKinds } from '../actions/index.ts';
import type { Digest, ResourceRef } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../fleet/errors.ts';
import { printable } from '../fleet/printable.ts';
import { asksForApproval } from '../fleet/reasons.ts';
import type { Approval } from '../fleet/recorded.ts';
import { isError } from '../manifest/index.ts';
import type { BlockedItem, PlannedAction } from '../plan/plan-json.ts';
import { renderPlanText } from '../plan/render-text.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import { approvalPath, renderApproval, shortDigest } from '../record/approval-document.ts';
import type { CliContext, ReadOnlySession, RepositoryFlags } from './context.ts';
import { writeJson } from './json-text.ts';
import { type Planning, planFrom } from './make-plan.ts';
import {
  addExamples,
  addRepositoryOptions,
  type Format,
  formatOption,
  globalOptions,
  repositoryFlags,
} from './options.ts';
import { type GlobalOptions, paintFor } from './paint.ts';

interface ApproveFlags extends RepositoryFlags {
  readonly observed: string;
  readonly by?: string;
  readonly dryRun: boolean;
  readonly format: Format;
}

export function registerApprove(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .argument('<digest>', 'digest of the plan, or at least its first 12 digits')
    .option(
      '--observed <source>',
      'observed state that the plan was made from: `status`, `live` or a file',
      'status',
    )
    .option('--by <person>', 'who approves (default: user.name and user.email of Git)')
    .option('--dry-run', 'show what would be approved, and change nothing', false)
    .addOption(formatOption())
    .action((digest: string, flags: ApproveFlags) => approve(context, digest, flags, globalOptions(command)));
  addExamples(command, 'pressluft approve 3f9c2a71b0de --repo https://git.example.org/fleet.git');
}

/** The plan of the current commit, and its actions that need an approval. */
interface Proposal {
  readonly planning: Planning;
  readonly awaitingApproval: readonly (BlockedItem & { readonly action: PlannedAction })[];
}

/** Concurrent writers of the status branch are rare. Each attempt makes the plan again. */
const maxAttempts = 5;

/** Records the approval. Throws PL6005 if the digest is not the digest of the current plan. */
async function approve(
  context: CliContext,
  digest: string,
  flags: ApproveFlags,
  options: GlobalOptions,
): Promise<void> {
  if (!/^(sha256:)?[0-9a-f]{12,64}$/.test(digest)) {
    throw new PressluftError(errors.flagInvalid, `${printable(digest)} is not the digest of a plan`, {
      hint: 'Pass the digest that `pressluft plan` prints, or at least its first 12 digits.',
    });
  }
  const session = await context.openReadOnlySession({ ...repositoryFlags(flags), forWriting: true });
  try {
    await approveIn(context, session, digest, flags, options);
  } finally {
    await session.close();
  }
}

async function approveIn(
  context: CliContext,
  session: ReadOnlySession,
  digest: string,
  flags: ApproveFlags,
  options: GlobalOptions,
): Promise<void> {
  const { repository } = session;
  if (repository === null) throw new PressluftError(errors.internal, 'the repository was opened read-only');
  const by = flags.by ?? (await session.operator());
  if (by === null)
    throw new PressluftError(errors.flagInvalid, 'the approver is unknown', {
      hint: 'Name the approver with --by.',
    });
  for (let attempt = 1; ; attempt++) {
    const proposal = await propose(context, session, digest, flags);
    if (attempt === 1) show(context, proposal, flags, options);
    const actions = proposal.awaitingApproval.map(({ action }) => action.digest);
    const resources = [
      ...new Set(proposal.awaitingApproval.map(({ action }) => action.resource as ResourceRef)),
    ].sort();
    const { digest: plan } = proposal.planning.plan;
    const approval: Approval = {
      plan,
      actions,
      resources,
      by: printable(by),
      at: new Date(session.clock.now()).toISOString(),
    };
    if (flags.dryRun || actions.length === 0) return tell(context, proposal, approval, null, flags);
    try {
      const commit = await push(context, repository, proposal, approval, session.clock.now());
      return tell(context, proposal, approval, commit, flags);
    } catch (error) {
      if (!isPressluftError(error, errors.pushRejected) || attempt === maxAttempts) throw error;
    }
  }
}

async function propose(
  context: CliContext,
  session: ReadOnlySession,
  digest: string,
  flags: ApproveFlags,
): Promise<Proposal> {
  const planFlags = { ...repositoryFlags(flags), observed: flags.observed };
  const { planning, diagnostics } = await planFrom(context, planFlags, session);
  if (planning === null) {
    throw new PressluftError(
      errors.manifestsInvalid,
      'there is no plan: pressluft.yaml is missing or broken',
    );
  }
  const current = planning.plan.digest;
  if (!current.startsWith(digest.startsWith('sha256:') ? digest : `sha256:${digest}`)) {
    throw new PressluftError(errors.planOutdated, notCurrent(planning, digest, current), {
      hint: 'Read the current plan with `pressluft plan --observed status`, then approve its digest.',
    });
  }
  if (diagnostics.some(isError)) {
    context.stderr.write('Some manifests are broken; their resources are not part of this plan.\n');
  }
  const { subject } = planning;
  const blocked = subject.format === 'pressluft-plan' ? subject.blocked : subject.plan.blocked;
  const awaitingApproval = blocked.flatMap((item) =>
    asksForApproval(item.reason, item.action) && item.action !== null
      ? [{ ...item, action: item.action }]
      : [],
  );
  return { planning, awaitingApproval };
}

function notCurrent({ plan, recorded }: Planning, digest: string, current: Digest): string {
  const fleet = [...recorded.status.values()].find(({ ref }) => ref.startsWith('pressluft/'));
  const reconciled = fleet?.observedRevision;
  const moved =
    reconciled == null || reconciled === plan.commit
      ? 'the commit or the observed state has changed since'
      : `the last pass was at commit ${reconciled.slice(0, 12)}, and the branch is at ${plan.commit.slice(0, 12)} now`;
  return `${digest} is not the current plan, ${current} is: ${moved}`;
}

async function push(
  { signal }: CliContext,
  repository: GitRepository,
  { planning, awaitingApproval }: Proposal,
  approval: Approval,
  at: number,
): Promise<string> {
  const { recorded, plan, statusBranch } = planning;
  // The plan may have been made in another clone, from records that are outdated now.
  const tips = await repository.fetch(statusBranch, signal);
  if (tips.status !== recorded.head)
    throw new PressluftError(errors.pushRejected, 'the records have changed meanwhile');
  const lines = awaitingApproval.map(({ action }) => `* ${action.id}`);
  const message = [
    `approve: ${awaitingApproval.length} ${awaitingApproval.length === 1 ? 'action' : 'actions'} of plan ${shortDigest(approval.plan)}`,
    '',
    ...lines,
    '',
    `Approved by ${approval.by}.`,
    '',
    `Pressluft-Source-Revision: ${plan.commit}`,
    `Pressluft-Approval: ${approval.plan}`,
  ].join('\n');
  const changes = new Map([[approvalPath(approval), renderApproval(approval)]]);
  const commit = await repository.commit({ parent: recorded.head, changes, message: `${message}\n`, at });
  await repository.push(statusBranch, commit, recorded.head, signal);
  return commit;
}

function show(
  context: CliContext,
  { planning }: Proposal,
  { format }: ApproveFlags,
  { color, verbose }: GlobalOptions,
) {
  if (format === 'json') return;
  const paint = paintFor(context.stdout, context.env, color);
  context.stdout.write(`${renderPlanText(planning.subject, actionKinds, paint, { verbose })}\n`);
}

function tell(
  context: CliContext,
  { planning, awaitingApproval }: Proposal,
  approval: Approval,
  statusCommit: string | null,
  { format, dryRun }: ApproveFlags,
): void {
  const ids = awaitingApproval.map(({ action }) => action.id);
  if (format === 'json') {
    const { plan, by, at } = approval;
    const result = { plan, commit: planning.plan.commit, approved: ids, by, at, dryRun, statusCommit };
    writeJson(context, { format: 'pressluft-approval', version: 1, ...result });
    return;
  }
  if (ids.length === 0) {
    context.stdout.write('No action of this plan needs an approval.\n');
    return;
  }
  const verb = statusCommit === null ? 'Would approve' : 'Approved';
  context.stdout.write(`${verb} as ${approval.by}:\n${ids.map((id) => `  ${printable(id)}\n`).join('')}`);
}
