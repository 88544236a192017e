import type { ResourceRef } from '../fleet/brand.ts';
import type { FieldChange, Plan } from '../fleet/plan.ts';
import type { Condition, StatusDocument } from '../fleet/recorded.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import type { Diagnostic } from '../manifest/index.ts';
import { actionWords } from '../plan/action-words.ts';
import type { CommitInfo } from '../ports/git-repository.ts';
import type { RecordedRun } from '../record/read-run.ts';
import { type CodeEntry, codeEntries } from './explain-code.ts';
import type { ChangedField, ManifestChange } from './history-manifest.ts';
import type { SiteOwned } from './site-owned.ts';
import { type RecordedSite, recordedSite } from './site-rows.ts';

/** Why a resource is in its state: commit → changed field → action → step → error → next step. */
export interface ExplainView {
  readonly format: 'pressluft-explain';
  readonly version: 2;
  readonly resource: string;
  readonly state: 'ready' | 'not-ready' | 'unknown';
  readonly conditions: readonly Condition[];
  /** Commit of the records if it differs from the desired commit, which is then not reconciled yet. */
  readonly recordsOf: string | null;
  /** Its dependencies or parts that are not ready either. */
  readonly related: readonly ExplainedRelative[];
  readonly desired: ExplainedDesired;
  /** Commit at which it was last ready; null if it never was. */
  readonly applied: ExplainedCommit | null;
  /** Fields whose value in the manifest differs from the applied value. */
  readonly pendingFields: readonly ChangedField[];
  readonly actions: readonly ExplainedAction[];
  readonly blocked: readonly ExplainedBlock[];
  /** Settings that differ and that the site owns; absent if there are none. */
  readonly siteOwned?: readonly SiteOwned[];
  readonly lastRun: ExplainedRun | null;
  /** What WordPress says of itself, as recorded; null for other resources, and if it was not observed. */
  readonly site: RecordedSite | null;
  readonly code: Pick<CodeEntry, 'code' | 'title' | 'cause' | 'cure'> | null;
  readonly nextStep: string;
}

export interface ExplainedDesired {
  readonly commit: string;
  /** Null if the manifest was removed. */
  readonly position: SourcePosition | null;
  /** The manifest, or one that it depends on, is broken, so the resource is left unchanged. */
  readonly quarantined: boolean;
  readonly problems: readonly Diagnostic[];
  readonly lastChange:
    | (ExplainedCommit & { readonly kind: ManifestChange['kind']; readonly fields: readonly ChangedField[] })
    | null;
}

export interface ExplainedCommit {
  readonly commit: string;
  readonly author: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly subject: string;
}

export interface ExplainedAction {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly risk: string;
  readonly cause: SourcePosition | null;
  readonly fields: readonly string[];
  /** Last commit of the file that contains the cause, if that is not the file of the resource. */
  readonly causedBy: ExplainedCommit | null;
}

export interface ExplainedRelative {
  readonly resource: string;
  readonly reason: string;
  readonly message: string;
}

export interface ExplainedBlock {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly nextStep: string;
  readonly needsPerson: boolean;
  readonly notBefore: string | null;
}

export interface ExplainedRun {
  readonly id: string;
  readonly revision: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly actions: readonly string[];
  /** What had drifted, if the run repaired a drift. */
  readonly drifted: readonly FieldChange[];
  readonly failedStep: { readonly name: string; readonly message: string | null } | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface ExplainSources {
  readonly ref: ResourceRef;
  readonly status: StatusDocument | undefined;
  readonly recordsOf: string | null;
  readonly related: readonly ExplainedRelative[];
  readonly desired: ExplainedDesired;
  readonly applied: CommitInfo | null;
  readonly pendingFields: readonly ChangedField[];
  readonly plan: Plan | null;
  readonly siteOwned: readonly SiteOwned[];
  readonly lastRun: RecordedRun | undefined;
  /** Last commits, by path, of other files that contain the cause of an action. */
  readonly commitOf: ReadonlyMap<string, CommitInfo>;
}

/** Combines manifest, records, plan and last run. Pure. */
export function explainView(sources: ExplainSources): ExplainView {
  const { ref, status, desired, applied, pendingFields, plan, commitOf } = sources;
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const lastRun = sources.lastRun === undefined ? null : explainedRun(sources.lastRun, ref);
  const view = {
    format: 'pressluft-explain',
    version: 2,
    resource: ref,
    state: ready?.status === 'True' ? 'ready' : ready?.status === 'False' ? 'not-ready' : 'unknown',
    conditions,
    recordsOf: sources.recordsOf,
    related: sources.related,
    desired,
    applied: applied === null ? null : explainedCommit(applied),
    pendingFields,
    actions: (plan?.actions ?? [])
      .filter(({ resource }) => resource === ref)
      .map((action) => {
        const { kind, reason, risk, cause, changes } = action;
        const causedBy = cause === null ? undefined : commitOf.get(cause.file);
        return {
          kind,
          reason,
          message: actionWords(action),
          risk,
          cause,
          fields: changes.map(({ field }) => field),
          causedBy: causedBy === undefined ? null : explainedCommit(causedBy),
        };
      }),
    blocked: (plan?.blocked ?? [])
      .filter(({ resource }) => resource === ref)
      .map(({ kind, reason, message, nextStep, needsPerson, notBefore = null }) => {
        return { kind, reason, message, nextStep, needsPerson, notBefore };
      }),
    ...(sources.siteOwned.length === 0 ? {} : { siteOwned: sources.siteOwned }),
    lastRun,
    site: status === undefined ? null : recordedSite(status.details),
  } as const;
  const code = codeOf(view, desired.problems, lastRun);
  return { ...view, code, nextStep: nextStepOf(view, ready, code) };
}

export function explainedCommit({ sha, author, committedAt, message }: CommitInfo): ExplainedCommit {
  return { commit: sha, author, at: committedAt, subject: message.split('\n')[0] ?? '' };
}

function explainedRun(run: RecordedRun, ref: string): ExplainedRun {
  const results = run.results.filter(({ resource }) => resource === ref);
  const failed = results.find(({ outcome }) => outcome === 'failed');
  const steps = run.steps.filter(({ status }) => status === 'failed');
  const step =
    failed === undefined ? undefined : (steps.findLast(({ resource }) => resource === ref) ?? steps.at(-1));
  return {
    id: run.id,
    revision: run.revision,
    endedAt: run.endedAt,
    durationMs: Math.max(0, Date.parse(run.endedAt) - Date.parse(run.startedAt)),
    outcome: failed?.outcome ?? (run.interrupted ? 'interrupted' : (results.at(-1)?.outcome ?? 'nothing')),
    actions: results.map(({ kind }) => kind),
    drifted: results.filter(({ reason }) => reason === 'Drifted').flatMap(({ changes }) => changes),
    failedStep: step === undefined ? null : { name: step.name, message: step.message },
    error: failed?.error ?? null,
  };
}

type Chain = Pick<
  ExplainView,
  'state' | 'desired' | 'actions' | 'blocked' | 'lastRun' | 'recordsOf' | 'related'
>;

/** The error of the last run is outdated once a newer commit has planned actions. */
function isOutdated({ recordsOf, actions }: Pick<Chain, 'recordsOf' | 'actions'>): boolean {
  return recordsOf !== null && actions.length > 0;
}

function codeOf(
  view: Pick<Chain, 'state' | 'recordsOf' | 'actions'>,
  problems: readonly Diagnostic[],
  lastRun: ExplainedRun | null,
): ExplainView['code'] {
  const failed = view.state === 'ready' || isOutdated(view) ? undefined : lastRun?.error?.code;
  const shown = problems[0]?.code ?? failed;
  const entry = codeEntries.find(({ code }) => code === shown);
  return entry === undefined
    ? null
    : { code: entry.code, title: entry.title, cause: entry.cause, cure: entry.cure };
}

function nextStepOf(view: Chain, ready: Condition | undefined, code: ExplainView['code']): string {
  const { desired, blocked, actions, lastRun, related, state } = view;
  if (desired.problems.length > 0 && code !== null) return code.cure;
  const block = blocked[0];
  if (isOutdated(view) && block === undefined) return 'No action needed; the next pass applies it.';
  if (block?.needsPerson === true) return block.nextStep;
  if (ready?.status === 'False' && ready.nextStep !== undefined) return ready.nextStep;
  if (block !== undefined) return block.nextStep;
  if (state === 'unknown')
    return 'Nothing is recorded yet. Start `pressluft run`, or run `pressluft reconcile` once.';
  if (state === 'ready')
    return actions.length > 0 ? 'No action needed; the next pass applies it.' : 'No action needed.';
  if (related[0] !== undefined) return `See \`pressluft explain ${related[0].resource}\`.`;
  if (lastRun?.error?.hint != null) return lastRun.error.hint;
  return code?.cure ?? 'Run `pressluft reconcile` to retry now.';
}
