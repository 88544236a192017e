import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { memoryLog } from '../../support/memory-log.ts';
import type { ContractRemote, ContractSetting, OpenedClone } from './contract-remote.ts';
import { credentialsContract, fetchContract } from './fetch.contract.ts';
import { pushContract } from './push.contract.ts';
import { raceContract } from './race.contract.ts';
import { readContract } from './read.contract.ts';
import { watchContract } from './watch.contract.ts';

export interface ContractScope {
  readonly hasCredentials: boolean;
  readonly isWatched?: boolean;
  /** Reading uses the local clone only, so it is tested over one real transport, and simulated. */
  readonly readsClone?: boolean;
}

/** The contract of every Git remote through {@link GitRepository}, for any transport, real or simulated. */
export function gitRepositoryContract(
  name: string,
  makeRemote: () => Promise<ContractRemote>,
  { hasCredentials, isWatched = false, readsClone = true }: ContractScope,
): void {
  describe(`a Git remote over ${name}`, () => {
    let remote: ContractRemote;
    let clone: OpenedClone;
    let log: ReturnType<typeof memoryLog>;

    beforeAll(async () => {
      remote = await makeRemote();
    });
    afterAll(async () => {
      await remote?.close();
    });
    beforeEach(async () => {
      await remote.clear();
      log = memoryLog();
      clone = await remote.open({ log });
    });

    const setting = (): ContractSetting => ({ remote, clone, repository: clone.repository, log });
    fetchContract(setting);
    if (hasCredentials) credentialsContract(setting);
    if (readsClone) readContract(setting);
    pushContract(setting);
    raceContract(setting);
    if (isWatched) watchContract(setting);
  });
}
