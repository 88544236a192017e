import { emptyStoreFile, type StoreFile } from '../controller/sim-store.ts';
import type { HostClock, SimRandom } from '../core/index.ts';
import type { SimClone } from '../git/index.ts';

/** State of a controller between the lives of its daemon. */
export interface Disk {
  readonly store: StoreFile;
  readonly clone: SimClone;
  readonly clock: HostClock;
  setFull(full: boolean): void;
  /** The file is lost; the next process starts with an empty one. */
  loseStore(): void;
  /** Unsynced writes may be lost. */
  powerLoss(random: SimRandom): void;
}

export function createDisk(clone: SimClone, clock: HostClock): Disk {
  const store = emptyStoreFile();
  return {
    store,
    clone,
    clock,
    setFull: (full) => {
      store.full = full;
      clone.diskFull = full;
    },
    loseStore: () => {
      for (const table of [store.intents, store.retries, store.values, store.unfinished, store.finished])
        table.clear();
    },
    powerLoss: (random) => clone.powerLoss(random),
  };
}
