import { gitRepositoryContract } from './git-repository.contract.ts';
import { localRemote } from './remotes.ts';

gitRepositoryContract('a local path', localRemote, { hasServer: false });
