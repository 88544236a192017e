import {
  type AtWork,
  begin,
  change,
  fail,
  type Outcomes,
  progressOf,
  runEach,
  StepError,
  step,
  type Wanted,
} from './module.ts';

/** `pressluft_environment_data`: the database with its user, the socket to it, and the cache server. */
export async function data(
  at: AtWork,
  all: readonly Wanted[],
  previous: readonly Outcomes[],
): Promise<Outcomes> {
  const { environments, outcomes } = begin(all, previous);
  await withService(
    at,
    environments,
    outcomes,
    'database',
    () => checkDatabase(at),
    async (environment, own) => {
      const slot = () => at.machine.slots.get(environment.name);
      await step(at, own, 'database', async (entry) => {
        if (slot()?.database === true) return;
        await change(at, environment, entry, 60, 'made the database', (made) => {
          made.database = true;
        });
      });
      await step(at, own, 'database_user', async (entry) => {
        if (slot()?.databaseUser === 'current') return;
        await change(at, environment, entry, 30, 'made the database user', (made) => {
          made.databaseUser = 'current';
        });
      });
    },
  );
  await runEach(at, pendingOf(environments, outcomes), outcomes, (environment, own) =>
    step(at, own, 'database_socket', async (entry) => {
      const wanted = connections(environment);
      if (at.machine.slots.get(environment.name)?.databaseSocket === wanted) return;
      await change(at, environment, entry, 40, 'opened the socket to the database', (made) => {
        made.databaseSocket = wanted;
      });
    }),
  );
  await runEach(at, pendingOf(environments, outcomes), outcomes, (environment, own) =>
    step(at, own, 'cache', async (entry) => {
      const wanted = cacheLimits(environment);
      if ((at.machine.slots.get(environment.name)?.cache ?? null) === wanted) return;
      const what = wanted === null ? 'removed the cache' : 'started the cache';
      await change(at, environment, entry, 40, what, (made) => {
        made.cache = wanted;
      });
    }),
  );
  return outcomes;
}

function pendingOf(environments: readonly Wanted[], outcomes: Outcomes): readonly Wanted[] {
  return environments.filter((environment) => progressOf(outcomes, environment).error === null);
}

function connections({ php }: Wanted): number {
  return php.pool.max_children + 10;
}

/** Null for no cache server. */
function cacheLimits(environment: Wanted): string | null {
  const { cache, state } = environment;
  if (cache.object !== 'redis' || state !== 'running') return null;
  return `${connections(environment)} ${cache.memory_mib}`;
}

/** A service that is down fails every environment that needs it, with the same reason. */
async function withService(
  at: AtWork,
  environments: readonly Wanted[],
  outcomes: Outcomes,
  title: string,
  check: () => void,
  work: Parameters<typeof runEach>[3],
): Promise<void> {
  const pending = pendingOf(environments, outcomes);
  if (pending.length === 0) return;
  try {
    check();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    for (const environment of pending) {
      const own = progressOf(outcomes, environment);
      await step(at, own, title, () => fail(own, error.code, error.message));
    }
    return;
  }
  await runEach(at, pending, outcomes, work);
}

export function checkDatabase({ machine }: AtWork): void {
  if (machine.services.get('mariadb') === 'active') return;
  throw new StepError(
    'mariadb_unreachable',
    `(2003, "Can't connect to MySQL server on 'localhost' ([Errno 2] No such file or directory)")`,
  );
}
