import type { Diagnostic } from './diagnostic.ts';
import type { Severity } from './diagnostic-entry.ts';

/** The findings as a versioned JSON value, with a count by severity. */
export function renderDiagnosticsJson(diagnostics: readonly Diagnostic[]) {
  const count = (severity: Severity) => diagnostics.filter((found) => found.severity === severity).length;
  return {
    version: 1,
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
    diagnostics,
  } as const;
}
