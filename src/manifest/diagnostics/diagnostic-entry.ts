import type { Severity } from './diagnostic.ts';

export interface DiagnosticEntry {
  readonly severity: Severity;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
}
