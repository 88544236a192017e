import type { Severity } from './diagnostic.ts';

export interface DiagnosticEntry {
  /** Stable and public; never reused. */
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
}
