import { describe, expect, it } from 'vitest';
import { gitError } from '../../../src/adapters/git/git-errors.ts';
import { createRedactor } from '../../../src/adapters/git/redact.ts';

describe('what git says', () => {
  it.each([
    ['fatal: unable to write loose object file: No space left on device', 'PL3012'],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'PL3007'],
    ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'PL3007'],
    ['git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'PL3003'],
    ["fatal: Authentication failed for 'https://host/x'", 'PL3003'],
    [
      'ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.',
      'PL3002',
    ],
    ['ssh: Could not resolve hostname h: Name or service not known', 'PL3002'],
    ["fatal: '/srv/none' does not appear to be a git repository", 'PL3002'],
    ["fatal: couldn't find remote ref refs/heads/main", 'PL3005'],
    ['fatal: bad object refs/pressluft/source/main', 'PL3008'],
    ['error: inflate: data stream error\nfatal: loose object is corrupt', 'PL3008'],
    ['error: cannot run ssh: No such file or directory', 'PL3001'],
    ["fatal: detected dubious ownership in repository at '/srv/x'", 'PL3009'],
    ['! [remote rejected] a -> b (pre-receive hook declined)', 'PL3009'],
    ['something new', 'PL3009'],
    ['', 'PL3009'],
  ])('%j is %s', (text, code) => {
    const error = gitError('fetch', text, createRedactor());
    expect(error.code).toBe(code);
    expect(error.message.startsWith('git fetch failed')).toBe(true);
  });

  it('is cut to its end', () => {
    expect(gitError('fetch', 'x'.repeat(100_000), createRedactor()).message.length).toBeLessThan(1100);
  });
});
