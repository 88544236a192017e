/** Exit codes of the command line; `docs/operations.md` lists them with these meanings. */
export const exitCodes = {
  done: { code: 0, meaning: 'done, nothing wrong' },
  defect: { code: 1, meaning: 'unexpected error: a bug' },
  input: { code: 2, meaning: 'invalid input: manifest, flag, configuration' },
  environment: { code: 3, meaning: 'environment: missing tool, unreachable repository, unreadable store' },
  remote: { code: 4, meaning: 'a provider, a node or a site failed, or is unreachable' },
  changes: { code: 5, meaning: '`plan --detailed-exitcode`: there are changes' },
  blocked: {
    code: 6,
    meaning:
      'blocked until a person acts: protection, deletion budget, stalled. `plan` says so with `--detailed-exitcode` only',
  },
  /** 128 + SIGINT, the convention of shells. */
  stopped: { code: 130, meaning: 'stopped by a signal (`run` ends with 0: a signal is its normal end)' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly meaning: string }>>;
