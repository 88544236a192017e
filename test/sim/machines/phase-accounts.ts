import type { MissingData } from '../../../src/fleet/missing-data.ts';
import { takenNames } from './claims.ts';
import { base } from './layout.ts';
import { claimedUid, type SimMachine, type Slot } from './machine.ts';
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
import { checkDatabase } from './phase-data.ts';

/** `pressluft_environment_accounts`: claims the name, then makes user, directories and secrets. */
export async function accounts(at: AtWork, all: readonly Wanted[]): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, []);
  const taken = takenNames(at.machine, environments);
  await runEach(at, environments, outcomes, async (environment, own) => {
    if (mustHaveData(at, environment)) checkData(at, environment);
    await step(at, own, 'claim', async (entry) => {
      checkClaim(at, environment);
      const slot = at.machine.slots.get(environment.name);
      if (slot?.userHome != null && slot.userHome !== base(environment.name)) {
        const { unix_user: user } = environment;
        throw new StepError(
          'account_conflict',
          `user ${user} exists already and has its home in ${slot.userHome}`,
        );
      }
      const message = taken.get(environment.name);
      if (message !== undefined) throw new StepError('name_taken', message);
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
    });
  });
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

function mustHaveData({ machine }: AtWork, { name, uid, adopt, accept_loss }: Wanted): boolean {
  const record = machine.slots.get(name)?.record ?? null;
  const isOwn = record?.uid === uid || adopt === true;
  return isOwn && record?.spec !== undefined && accept_loss !== true;
}

/** An environment that was applied keeps its data, or fails before anything is made. */
function checkData(at: AtWork, { name, database }: Wanted): void {
  checkDatabase(at);
  const slot = at.machine.slots.get(name);
  const lost = missingData(at.machine, slot).map((kind) =>
    kind === 'database' ? `WordPress in database ${database}` : `${base(name)}/shared/uploads`,
  );
  if (lost.length > 0)
    throw new StepError(
      'data_missing',
      `it was applied here, and this is not there any more: ${lost.join(', ')}; nothing was changed`,
    );
}

/** What is gone of an environment; unknown parts count as there. */
export function missingData({ services }: SimMachine, slot: Slot | undefined): readonly MissingData[] {
  const hasDatabase = slot?.database === true && slot.installation !== null;
  const isLost = services.get('mariadb') === 'active' && !hasDatabase;
  return [
    ...(isLost ? (['database'] as const) : []),
    ...(slot?.uploads == null ? (['uploads'] as const) : []),
  ];
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
}
