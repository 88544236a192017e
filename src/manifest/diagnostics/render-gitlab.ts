import { printable } from '../../fleet/printable.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Severity } from './diagnostic-entry.ts';
import { fingerprints } from './fingerprint.ts';
import { messageLines } from './render-message.ts';

/** One entry of GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
export interface GitlabIssue {
  readonly description: string;
  readonly check_name: string;
  readonly fingerprint: string;
  readonly severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker';
  readonly location: {
    readonly path: string;
    readonly lines: { readonly begin: number; readonly end?: number };
  };
}

const severities = {
  error: 'major',
  warning: 'minor',
  info: 'info',
} as const satisfies Record<Severity, GitlabIssue['severity']>;

/** The findings for the merge request widget; an empty list when there are none. */
export function renderGitlab(diagnostics: readonly Diagnostic[]): readonly GitlabIssue[] {
  const ids = fingerprints(diagnostics);
  return diagnostics.map((diagnostic, index) => {
    const { code, severity, file, line, endLine } = diagnostic;
    return {
      description: messageLines(diagnostic).join('; '),
      check_name: code,
      fingerprint: ids[index] ?? '',
      severity: severities[severity],
      location: {
        path: printable(file),
        lines: { begin: line, ...(endLine === undefined ? {} : { end: endLine }) },
      },
    };
  });
}
