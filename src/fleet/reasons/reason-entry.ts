export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled' | 'Drifted';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What one reason says, leads to and asks for: the only place where this is written. */
export interface ReasonEntry {
  /** What is the case, one sentence; the documentation shows it. */
  readonly meaning: string;
  /** Condition of a status document that carries it first; null where it stands in plans and observations only. */
  readonly condition: { readonly type: ConditionType; readonly status: ConditionStatus } | null;
  /** Whether nothing happens until a person acts; null where that depends on the case. */
  readonly needsPerson: boolean | null;
  /** The message where it is the same in every case, or depends on a few values. */
  readonly message?: Words;
  /** What a person should do; null where it depends on the case or there is nothing to do. */
  readonly nextStep: Words | null;
  /** The message names a moment, digest or commit that people act on: a record must have the current one. */
  readonly exact?: true;
  /** Something else has to come first: a moment, or another action. */
  readonly waits?: true;
  /** A request is over and never done again. */
  readonly final?: true;
  /** As long as nothing is at risk it does not wait for maintenance windows. */
  readonly urgent?: true;
  /** Brings up what is not there or not in service. */
  readonly makes?: true;
}

/** A text, or a text with values in it. */
type Words = string | ((value: string) => string);

export const ready = { type: 'Ready', status: 'True' } as const;
export const notReady = { type: 'Ready', status: 'False' } as const;
export const reconciling = { type: 'Reconciling', status: 'True' } as const;
