import { gitRepositoryContract } from './git-repository.contract.ts';
import { simulatedRemote } from './simulated-remote.ts';

gitRepositoryContract('simulated ways', simulatedRemote, { hasCredentials: true, isWatched: true });
