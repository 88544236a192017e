import type { DesiredCloudProvider } from '../fleet/desired.ts';
import type { SecretRef } from '../fleet/secret-ref.ts';
import type { Ansible } from './ansible.ts';
import type { Clock } from './clock.ts';
import type { Cloud } from './cloud.ts';
import type { GitRepository } from './git-repository.ts';
import type { Log } from './log.ts';
import type { MachineShell } from './machine.ts';
import type { Random } from './random.ts';
import type { Secrets } from './secrets.ts';
import type { Signatures } from './signatures.ts';
import type { Store } from './store.ts';

/** All effects that reconciling needs, built once in `main.ts`. */
export interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly git: GitRepository;
  /** The client of a provider that acquires machines; the token is resolved on each call so that a rotated one is picked up. */
  readonly cloud: (provider: DesiredCloudProvider) => Promise<Cloud>;
  readonly machines: MachineShell;
  readonly ansible: Ansible;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly signatures: Signatures;
  readonly log: Log;
}

export type { SecretRef };
