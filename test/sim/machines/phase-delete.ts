import type { RemovedPart } from './audit.ts';
import {
  base,
  cronFile,
  passwordFile,
  phpConfig,
  phpOf,
  phpUnits,
  siteFile,
  snippetFile,
  wpConfigFile,
} from './layout.ts';
import { claimedUid, isVacant } from './machine.ts';
import {
  type AtWork,
  begin,
  change,
  fail,
  note,
  type Outcomes,
  type Progress,
  progressOf,
  runEach,
  StepError,
  slotOf,
  step,
  type Wanted,
} from './module.ts';
import { checkClaim } from './phase-accounts.ts';
import { checkDatabase } from './phase-data.ts';
import { restartPhp, settle } from './services.ts';

/** `pressluft_environment_delete`: the ownership file is deleted last, so that the next deletion completes an interrupted one. */
export async function remove(at: AtWork, all: readonly Wanted[]): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, []);
  const claimed: Wanted[] = [];
  await runEach(at, environments, outcomes, (environment, own) =>
    step(at, own, 'claim', (entry) => {
      if (environment.policy !== 'delete' && environment.policy !== 'retain') {
        throw new StepError('invalid_value', 'the policy is neither delete nor retain');
      }
      if (claimedUid(at.machine.slots.get(environment.name)) === null) {
        entry.message = 'nothing on this node';
        return;
      }
      checkClaim(at, { ...environment, adopt: false });
      claimed.push(environment);
    }),
  );
  await stopServing(at, claimed, outcomes);
  await runEach(at, claimed, outcomes, (environment, own) => retire(at, environment, own));
  for (const { name } of environments) forgetVacant(at, name);
  return outcomes;
}

/** Hosts first, then PHP: nginx never refers to a socket that is gone. */
async function stopServing(at: AtWork, claimed: readonly Wanted[], outcomes: Outcomes): Promise<void> {
  const touched: Progress[] = [];
  for (const environment of claimed) {
    const { name } = environment;
    const paths = [siteFile(name), snippetFile(name), passwordFile(name), cronFile(name)];
    const own = progressOf(outcomes, environment);
    if (await removeFiles(at, environment, own, 'stop nginx', paths)) touched.push(own);
  }
  if (!at.check && (touched.length > 0 || at.machine.owed.has('nginx'))) {
    try {
      await settle(at, 'nginx');
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      for (const own of touched) fail(own, error.code, error.message);
    }
  }
  await runEach(at, claimed, outcomes, async (environment, own) => {
    const { name } = environment;
    if (await removeFiles(at, environment, own, 'stop php', [phpConfig(name)])) await restartPhp(at, name);
  });
}

/** Whether there was one of the files. */
async function removeFiles(
  at: AtWork,
  environment: Wanted,
  own: Progress,
  title: string,
  paths: readonly string[],
): Promise<boolean> {
  let found = false;
  await step(at, own, title, (entry) => {
    const slot = slotOf(at.machine, environment.name);
    const present = paths.filter((path) => slot.files.has(path));
    if (present.length === 0) return;
    found = true;
    entry.changed = true;
    if (at.check) return;
    if (title === 'stop nginx') at.machine.owed.add('nginx');
    for (const path of present) slot.files.delete(path);
    note(at, environment, `removed the files of ${title}`);
  });
  return found && !at.check;
}

async function retire(at: AtWork, environment: Wanted, own: Progress): Promise<void> {
  await step(at, own, 'processes', (entry) => {
    const slot = slotOf(at.machine, environment.name);
    const units = phpUnits(environment.name).filter((path) => slot.files.has(path));
    if (units.length > 0) entry.changed = true;
    if (at.check) return;
    for (const path of units) slot.files.delete(path);
    at.machine.owed.delete(phpOf(environment.name));
  });
  await step(at, own, 'connections', async (entry) => {
    const { databaseSocket, cache } = slotOf(at.machine, environment.name);
    if (databaseSocket === null && cache === null) return;
    await change(at, environment, entry, 20, 'removed its connections', (slot) => {
      slot.databaseSocket = null;
      slot.cache = null;
    });
  });
  if (environment.policy === 'retain') {
    await step(at, own, 'retain', async (entry) => {
      const { record } = slotOf(at.machine, environment.name);
      if (record?.retained === true) return;
      await change(at, environment, entry, 5, 'marked as retained', (slot) => {
        const { name, uid } = environment;
        const kept = slot.record ?? { v: 1, name, uid, digest: '' };
        slot.record = { ...kept, retained: true, state: 'retained', digest: '', managedFiles: {} };
      });
    });
    return;
  }
  await removeStep(
    at,
    environment,
    own,
    'database',
    (slot) => slot.database || slot.databaseUser !== 'none',
    (slot) => {
      slot.database = false;
      slot.databaseUser = 'none';
      slot.installation = null;
    },
  );
  await removeStep(
    at,
    environment,
    own,
    'files',
    (slot) => slot.directories,
    (slot) => {
      slot.directories = false;
      slot.uploads = null;
      slot.damaged.clear();
      slot.releases.clear();
      slot.live = null;
      slot.files.delete(wpConfigFile(slot.name));
    },
  );
  await removeStep(
    at,
    environment,
    own,
    'account',
    (slot) => slot.userHome === base(slot.name),
    (slot) => {
      slot.userHome = null;
    },
  );
  await removeStep(
    at,
    environment,
    own,
    'record',
    (slot) => slot.record !== null || slot.claim !== null,
    (slot) => {
      slot.record = null;
      slot.claim = null;
    },
  );
}

type SlotOf = ReturnType<typeof slotOf>;

function removeStep(
  at: AtWork,
  environment: Wanted,
  own: Progress,
  title: RemovedPart,
  isThere: (slot: SlotOf) => boolean,
  apply: (slot: SlotOf) => void,
): Promise<void> {
  return step(at, own, title, async (entry) => {
    if (title === 'database') checkDatabase(at);
    if (isThere(slotOf(at.machine, environment.name)))
      await change(at, environment, entry, 80, { removed: title }, apply);
  });
}

function forgetVacant({ machine }: AtWork, name: string): void {
  const slot = machine.slots.get(name);
  if (slot !== undefined && isVacant(slot)) machine.slots.delete(name);
}
