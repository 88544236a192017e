export type Severity = 'error' | 'warning' | 'info';

export interface DiagnosticEntry {
  /** Stable and public; never reused. */
  readonly code: string;
  readonly severity: Severity;
  /** False: an error that blocks only what the plan finds to be affected. Otherwise all resources of the file are quarantined. */
  readonly quarantines?: false;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
}
