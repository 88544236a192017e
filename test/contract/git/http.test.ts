import { gitRepositoryContract } from './git-repository.contract.ts';
import { httpRemote } from './remotes.ts';

gitRepositoryContract('smart HTTP', httpRemote, { hasServer: true });
