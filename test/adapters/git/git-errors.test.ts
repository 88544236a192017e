import { describe, expect, it } from 'vitest';
import { gitError } from '../../../src/adapters/git/git-errors.ts';
import { createRedactor } from '../../../src/adapters/git/redact.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

describe('output of git', () => {
  it.each([
    ['fatal: unable to write loose object file: No space left on device', errors.diskFull],
    [
      'Host key verification failed.\nfatal: Could not read from remote repository.',
      errors.remoteHostKeyMismatch,
    ],
    [
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
      errors.remoteHostKeyMismatch,
    ],
    [
      'git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      errors.remoteRefusedCredentials,
    ],
    ["fatal: Authentication failed for 'https://host/x'", errors.remoteRefusedCredentials],
    [
      'ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.',
      errors.remoteUnreachable,
    ],
    ['ssh: Could not resolve hostname h: Name or service not known', errors.remoteUnreachable],
    ["fatal: '/srv/none' does not appear to be a git repository", errors.remoteUnreachable],
    ["fatal: couldn't find remote ref refs/heads/main", errors.branchMissing],
    ['fatal: bad object refs/pressluft/source/main', errors.cloneIncomplete],
    ['error: inflate: data stream error\nfatal: loose object is corrupt', errors.cloneIncomplete],
    ['error: cannot run ssh: No such file or directory', errors.programMissing],
    ["fatal: detected dubious ownership in repository at '/srv/x'", errors.gitFailed],
    ['! [remote rejected] a -> b (pre-receive hook declined)', errors.gitFailed],
    ['something new', errors.gitFailed],
    ['', errors.gitFailed],
  ])('%j is %s', (text, code) => {
    const error = gitError('fetch', text, createRedactor());
    expect(error.code).toBe(code);
    expect(error.message.startsWith('git fetch failed')).toBe(true);
  });

  it('is cut to its last part', () => {
    expect(gitError('fetch', 'x'.repeat(100_000), createRedactor()).message.length).toBeLessThan(1100);
  });
});
