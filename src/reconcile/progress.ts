import type { StepReport } from '../actions/context.ts';
import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { Plan } from '../fleet/plan.ts';
import type { ActionResult } from '../fleet/run.ts';

/** Events of a pass, for logs, terminals and live streams. Plain values, safe to serialise, without secrets. */
export type Progress =
  | { readonly kind: 'pass-started'; readonly pass: string; readonly trigger: string }
  | {
      readonly kind: 'phase';
      readonly pass: string;
      readonly phase: PassPhase;
      /** The accepted commit, once it is known. */
      readonly commit: CommitSha | null;
      /** The newest commit, while nodes are worked on; differs from `commit` when it is not applied. */
      readonly tip?: CommitSha;
    }
  | { readonly kind: 'planned'; readonly pass: string; readonly plan: Plan }
  | {
      readonly kind: 'action-started';
      readonly pass: string;
      readonly resource: ResourceRef;
      readonly action: string;
    }
  | { readonly kind: 'step'; readonly pass: string; readonly step: StepReport }
  | { readonly kind: 'action-finished'; readonly pass: string; readonly result: ActionResult }
  | { readonly kind: 'recorded'; readonly pass: string; readonly commit: CommitSha }
  | {
      readonly kind: 'pass-finished';
      readonly pass: string;
      readonly outcome: string;
      /** Why the newest commit is not applied; null if it is. */
      readonly problem: string | null;
      readonly durationMs: number;
    };

export type PassPhase = 'fetch' | 'load' | 'observe' | 'plan' | 'act' | 'record';

export type OnProgress = (event: Progress) => void;
