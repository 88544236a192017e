export type Severity = 'error' | 'warning' | 'info';

export interface DiagnosticEntry {
  /** Stable and public; never reused. */
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
}
