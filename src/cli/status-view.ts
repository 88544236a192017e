import type { Condition, StatusDocument } from '../fleet/recorded.ts';
import type { Diagnostic } from '../manifest/index.ts';
import { isError } from '../manifest/index.ts';
import type { Current } from './load-current.ts';

export type ReadyWord = 'ready' | 'not-ready' | 'unknown';

/** What `status` says about one resource. */
export interface ResourceLine {
  readonly ref: string;
  readonly name: string;
  readonly ready: ReadyWord;
  /** True while Pressluft works on it or tries it again by itself. */
  readonly reconciling: boolean;
  readonly reason: string;
  readonly message: string;
  readonly nextStep: string | null;
  /** RFC 3339; when `ready` became what it is. */
  readonly since: string | null;
  readonly node: string | null;
  readonly appliedRevision: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface StatusView {
  readonly format: 'pressluft-status';
  readonly version: 1;
  /** Tip of the branch with the desired state. */
  readonly commit: string;
  /** Commit that the records were last written for; null when there are none. */
  readonly observedRevision: string | null;
  readonly statusCommit: string | null;
  /** The plan that waits for a person's yes; null when none does. */
  readonly approval: { readonly plan: string; readonly actions: number } | null;
  readonly sites: readonly (ResourceLine & { readonly environments: readonly ResourceLine[] })[];
  /** Environments that no recorded site names, e.g. retained ones. */
  readonly otherEnvironments: readonly ResourceLine[];
  readonly nodes: readonly ResourceLine[];
  readonly providers: readonly ResourceLine[];
  readonly problems: readonly Diagnostic[];
}

/** The records of the status branch, arranged by site. Pure. */
export function statusView({ commit, manifests, recorded }: Current): StatusView {
  const documents = [...recorded.status.values()].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  const ofKind = (kind: string) => documents.filter((document) => document.ref.startsWith(`${kind}/`));
  const environments = new Map(ofKind('environment').map((document) => [nameOf(document), line(document)]));
  const sites = ofKind('site').map((document) => ({
    ...line(document),
    environments: namesIn(document).flatMap((name) => environments.get(name) ?? []),
  }));
  const shown = new Set(sites.flatMap((site) => site.environments.map(({ name }) => name)));
  return {
    format: 'pressluft-status',
    version: 1,
    commit,
    observedRevision: ofKind('pressluft')[0]?.observedRevision ?? null,
    statusCommit: recorded.head,
    approval: approvalOf(ofKind('pressluft')[0]),
    sites,
    otherEnvironments: [...environments.values()].filter(({ name }) => !shown.has(name)),
    nodes: ofKind('node').map(line),
    providers: ofKind('provider').map(line),
    problems: manifests.diagnostics.filter(isError),
  };
}

function approvalOf(fleet: StatusDocument | undefined): StatusView['approval'] {
  const waiting = fleet?.details.plan;
  if (typeof waiting !== 'object' || waiting === null) return null;
  const { digest, approvalsWanted } = waiting as { digest?: unknown; approvalsWanted?: unknown };
  if (typeof digest !== 'string' || typeof approvalsWanted !== 'number') return null;
  return { plan: digest, actions: approvalsWanted };
}

function nameOf({ ref }: StatusDocument): string {
  return ref.slice(ref.indexOf('/') + 1);
}

function namesIn({ details }: StatusDocument): readonly string[] {
  const { environments } = details;
  return Array.isArray(environments) ? environments.filter((name) => typeof name === 'string') : [];
}

function line(document: StatusDocument): ResourceLine {
  const find = (type: Condition['type']) => document.conditions.find((condition) => condition.type === type);
  const ready = find('Ready');
  return {
    ref: document.ref,
    name: nameOf(document),
    ready: ready?.status === 'True' ? 'ready' : ready?.status === 'False' ? 'not-ready' : 'unknown',
    reconciling: find('Reconciling')?.status === 'True',
    reason: ready?.reason ?? 'Unknown',
    message: ready?.message ?? '',
    nextStep: ready?.nextStep ?? null,
    since: ready?.lastTransitionTime ?? null,
    node: document.node,
    appliedRevision: document.appliedRevision,
    details: document.details,
  };
}
