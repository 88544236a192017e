import { describe, it } from 'vitest';
import { gitRepositoryContract } from './git-repository.contract.ts';
import { realContractRemote } from './real-contract-remote.ts';
import { realRemoteContract } from './real-remote.contract.ts';
import { hasSshd, sshRemote } from './remotes.ts';

if (hasSshd) {
  gitRepositoryContract('SSH', () => realContractRemote(sshRemote), {
    hasCredentials: true,
    readsClone: false,
  });
  realRemoteContract('SSH', sshRemote, { hasServer: true });
} else {
  describe('a Git remote over SSH', () => {
    it.skip('sshd is not installed: not tested', () => undefined);
  });
}
