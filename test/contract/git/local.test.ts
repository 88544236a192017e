import { gitRepositoryContract } from './git-repository.contract.ts';
import { realContractRemote } from './real-contract-remote.ts';
import { realRemoteContract } from './real-remote.contract.ts';
import { localRemote } from './remotes.ts';

gitRepositoryContract('a local path', () => realContractRemote(localRemote), {
  hasCredentials: false,
  isWatched: true,
  readsClone: false,
});
realRemoteContract('a local path', localRemote, { hasServer: false });
