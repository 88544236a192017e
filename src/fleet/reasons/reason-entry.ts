export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled' | 'Drifted' | 'Suspended' | 'PartlyApplied';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** Everything about one reason: its only definition. */
export interface ReasonEntry {
  /** Description for the documentation, one sentence. */
  readonly meaning: string;
  /** Condition of a status document that has this reason; null for reasons that occur in plans and observations only. */
  readonly condition: { readonly type: ConditionType; readonly status: ConditionStatus } | null;
  /** Whether a person has to act; null if it depends on the case. */
  readonly needsPerson: boolean | null;
  /** The message, if it is constant or depends on one value only. */
  readonly message?: Words;
  /** Recommended next step; null if it depends on the case or there is none. */
  readonly nextStep: Words | null;
  /** The message names a time, digest, commit or place that people act on: records must contain the current message. */
  readonly exact?: true;
  /** Blocked until a time, or by another action. */
  readonly waits?: true;
  /** The request is finished and never repeated. */
  readonly final?: true;
  /** Actions without risk ignore maintenance windows. */
  readonly urgent?: true;
  /** Creates a resource or returns it to service. */
  readonly makes?: true;
}

/** A text, or a text with one value. */
type Words = string | ((value: string) => string);

export const ready = { type: 'Ready', status: 'True' } as const;
export const notReady = { type: 'Ready', status: 'False' } as const;
export const reconciling = { type: 'Reconciling', status: 'True' } as const;
