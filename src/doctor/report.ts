/** `skip`: does not apply, or could not be checked. `warn`: works for now. `fail`: Pressluft cannot work. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip';

export interface Verdict {
  readonly status: CheckStatus;
  /** The finding, one sentence without the full stop. */
  readonly message: string;
  /** How to fix it. */
  readonly hint?: string;
}

export interface DoctorCheck extends Verdict {
  /** Stable, kebab-case; checks of a provider are `provider/<name>`. */
  readonly id: string;
  readonly durationMs: number;
}

export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
  readonly counts: Readonly<Record<CheckStatus, number>>;
}

export function reportOf(checks: readonly DoctorCheck[]): DoctorReport {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  return {
    checks,
    counts: { ok: count('ok'), warn: count('warn'), fail: count('fail'), skip: count('skip') },
  };
}

export const ok = (message: string): Verdict => ({ status: 'ok', message });
export const skip = (message: string, hint?: string): Verdict => verdict('skip', message, hint);
export const warn = (message: string, hint?: string): Verdict => verdict('warn', message, hint);
export const fail = (message: string, hint?: string): Verdict => verdict('fail', message, hint);

function verdict(status: CheckStatus, message: string, hint: string | undefined): Verdict {
  return hint === undefined ? { status, message } : { status, message, hint };
}
