import { type ErrorCode, errorsByCode } from './error-catalogue.ts';
import type { Retry } from './error-entry.ts';
import { exitCodes } from './exit-codes.ts';

export interface ErrorOptions {
  /** Recommended next step, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Overrides the catalogue's default for this code. */
  readonly retry?: Retry;
  /** Structured context for logs; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Maximum length of an error message; node and API output is untrusted and can be very long. */
export const maxErrorMessageLength = 4096;

/**
 * An operating error that Pressluft expects and explains. `code` is stable and documented under `docs/errors/`; its
 * thousands digit decides the exit code of the CLI (see {@link exitCodeOf}).
 */
export class PressluftError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retry: Retry;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(
      message.slice(0, maxErrorMessageLength),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'PressluftError';
    this.code = code;
    this.hint = options.hint;
    this.retry = options.retry ?? errorsByCode[code].retry;
    this.details = options.details ?? {};
  }
}

export function isPressluftError(error: unknown, code?: ErrorCode): error is PressluftError {
  return error instanceof PressluftError && (code === undefined || error.code === code);
}

/** One line for logs and records: the message of any thrown value, truncated. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, maxErrorMessageLength);
}

/** Exit code of the CLI for an error: 2 input, 3 environment, 4 provider or node, 6 blocked, 1 for anything unexpected. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof PressluftError)) return exitCodes.defect.code;
  switch (error.code[2]) {
    case '1':
    case '2':
      return exitCodes.input.code;
    case '3':
      return exitCodes.environment.code;
    case '4':
      return exitCodes.remote.code;
    case '6':
      return exitCodes.blocked.code;
    default:
      return exitCodes.defect.code;
  }
}
