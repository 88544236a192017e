import { describe, it } from 'vitest';
import { gitRepositoryContract } from './git-repository.contract.ts';
import { hasSshd, sshRemote } from './remotes.ts';

if (hasSshd) gitRepositoryContract('SSH', sshRemote, { hasServer: true });
else {
  describe('a Git remote over SSH', () => {
    it.skip('sshd is not installed: not tested', () => undefined);
  });
}
