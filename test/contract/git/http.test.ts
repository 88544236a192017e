import { gitRepositoryContract } from './git-repository.contract.ts';
import { realContractRemote } from './real-contract-remote.ts';
import { realRemoteContract } from './real-remote.contract.ts';
import { httpRemote } from './remotes.ts';

gitRepositoryContract('smart HTTP', () => realContractRemote(httpRemote), { hasCredentials: true });
realRemoteContract('smart HTTP', httpRemote, { hasServer: true });
