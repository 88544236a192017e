import { type ErrorCode, errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { ProcessResult } from '../process/run-process.ts';
import type { Redactor } from './redact.ts';

interface Pattern {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/**
 * First match wins, so causes precede the generic lines that Git prints after them. The wording is that of git 2.30–2.50
 * and OpenSSH 8–10 under LC_ALL=C.
 */
const patterns: readonly Pattern[] = [
  {
    pattern: /no space left on device|disk quota exceeded|ENOSPC|EDQUOT/i,
    code: errors.diskFull,
    hint: 'Free space on the disk that holds the state directory; the clone repairs itself.',
  },
  {
    pattern:
      /host key verification failed|remote host identification has changed|no \S+ host key is known|no matching host key type/i,
    code: errors.remoteHostKeyMismatch,
    hint: 'Compare the key of the server with the pinned one over a trusted channel; pin the new one only if it is right.',
  },
  {
    pattern: /cannot run ssh/i,
    code: errors.programMissing,
    hint: 'Install the OpenSSH client.',
  },
  {
    pattern: /attempting to allocate|out of memory/i,
    code: errors.gitFailed,
    hint: 'The repository has an object that is too large: find out who pushed it, and remove it from the history.',
  },
  {
    pattern: /detected dubious ownership/i,
    code: errors.gitFailed,
    hint: 'The repository belongs to another user: run Pressluft as that user, or change the owner of the repository.',
  },
  {
    pattern:
      /permission denied \(|too many authentication failures|authentication failed|could not read (?:username|password)|error: 40[13]\b|http 40[13]\b|deploy key.*read.only|marked as read only/i,
    code: errors.remoteRefusedCredentials,
    hint: 'Check that the token, password or deploy key is current and may read the repository and write the status branch.',
  },
  {
    pattern: /bad (?:host|port|url)|load key .*(?:invalid format|no such file)|unprotected private key file/i,
    code: errors.remoteRefusedCredentials,
    hint: 'Check the file of the deploy key: OpenSSH format, no passphrase, mode 0600.',
  },
  {
    pattern: /couldn't find remote ref/i,
    code: errors.branchMissing,
    hint: 'Create the branch on the remote, or configure another one.',
  },
  {
    pattern:
      /repository '?.*'? (?:not found|does not exist)|does not appear to be a git repository|repository not found|could not resolve host|name or service not known|connection (?:refused|timed out|reset|closed)|connect to host|network is unreachable|no route to host|remote end hung up|early eof|timed out|timeout, server|could not read from remote repository|unable to access|broken pipe/i,
    code: errors.remoteUnreachable,
    hint: 'Check the URL, and that this machine reaches the server. Some servers answer the same when the credentials lack access.',
  },
  {
    pattern:
      /bad object|missing (?:blob|tree|commit|object|necessary)|corrupt|is empty|bad tree|inflate|packfile .* (?:cannot|does not)|unable to (?:read|find|parse) |not a git repository|invalid object|unresolved delta/i,
    code: errors.cloneIncomplete,
    hint: 'The local clone is damaged; the next fetch replaces it.',
  },
];

/** The error for a text that Git (or the library) printed during the operation `what`, e.g. `fetch`. */
export function gitError(what: string, text: string, redactor: Redactor, cause?: unknown): PressluftError {
  const found = patterns.find(({ pattern }) => pattern.test(text));
  const detail = lastLines(redactor.text(text));
  return new PressluftError(
    found?.code ?? errors.gitFailed,
    detail === '' ? `git ${what} failed` : `git ${what} failed: ${detail}`,
    { ...(found === undefined ? {} : { hint: found.hint }), ...(cause === undefined ? {} : { cause }) },
  );
}

/** The error for a process that ended without success. */
export function processError(what: string, result: ProcessResult, redactor: Redactor): PressluftError {
  if (result.canceled) return canceled(what);
  if (result.timedOut) {
    return new PressluftError(
      errors.processTimedOut,
      `git ${what} was ended after ${Math.round(result.durationMs)} ms`,
      {
        hint: 'The disk or the machine may be overloaded.',
      },
    );
  }
  const text = result.stderr.trim() === '' ? exitText(result) : result.stderr;
  return gitError(what, text, redactor);
}

export function canceled(what: string, cause?: unknown): PressluftError {
  return new PressluftError(
    errors.cancelled,
    `git ${what} was cancelled`,
    cause === undefined ? {} : { cause },
  );
}

function exitText(result: ProcessResult): string {
  return result.signal === null ? `exit code ${result.exitCode}` : `ended by ${result.signal}`;
}

function lastLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-6)
    .join(' · ')
    .slice(-1000);
}
