import { base } from './layout.ts';
import { claimedUid } from './machine.ts';
import {
  type AtWork,
  begin,
  change,
  type Outcomes,
  runEach,
  StepError,
  type slotOf,
  step,
  type Wanted,
} from './module.ts';

/** `pressluft_environment_accounts`: claims the name, then makes user, directories and secrets. */
export async function accounts(at: AtWork, all: readonly Wanted[]): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, []);
  await runEach(at, environments, outcomes, (environment, own) =>
    step(at, own, 'claim', async (entry) => {
      checkClaim(at, environment);
      const slot = at.machine.slots.get(environment.name);
      if (slot?.userHome != null && slot.userHome !== base(environment.name)) {
        const { unix_user: user } = environment;
        throw new StepError(
          'account_conflict',
          `user ${user} exists already and has its home in ${slot.userHome}`,
        );
      }
      if (slot?.claim === environment.uid) return;
      if (at.machine.applied.get('Create the directories') === undefined) {
        throw new StepError(
          'internal_error',
          `FileNotFoundError: [Errno 2] No such file or directory: '/etc/pressluft/secrets/${environment.name}.json'`,
        );
      }
      await change(at, environment, entry, 20, 'claimed the name', (made) => {
        if (made.claim === null) forgetSecrets(made);
        made.claim = environment.uid;
      });
    }),
  );
  await runEach(at, environments, outcomes, async (environment, own) => {
    const slot = () => at.machine.slots.get(environment.name);
    await step(at, own, 'account', async (entry) => {
      if (slot()?.userHome != null) return;
      await change(at, environment, entry, 150, 'made the user', (made) => {
        made.userHome = base(environment.name);
      });
    });
    await step(at, own, 'directories', async (entry) => {
      if (slot()?.directories === true) return;
      await change(at, environment, entry, 20, 'made the directories', (made) => {
        made.directories = true;
        made.uploads = at.machines.nextDataId();
      });
    });
  });
  return outcomes;
}

/** Refuses an environment whose name belongs to another resource on this node, unless it may adopt. */
export function checkClaim(
  { machine }: AtWork,
  { name, uid, adopt }: Pick<Wanted, 'name' | 'uid' | 'adopt'>,
): void {
  const owner = claimedUid(machine.slots.get(name));
  if (owner === null || owner === uid || adopt === true) return;
  throw new StepError(
    'ownership_mismatch',
    `${name} on this node belongs to uid ${owner}, not ${uid}; nothing was touched`,
  );
}

function forgetSecrets(slot: ReturnType<typeof slotOf>): void {
  slot.secrets += 1;
  if (slot.databaseUser === 'current') slot.databaseUser = 'stale';
  if (slot.cacheUser === 'current') slot.cacheUser = 'stale';
}
