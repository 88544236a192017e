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

/** `pressluft_environment_data`: the database with its user, and the cache's user. */
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
  await withService(
    at,
    environments,
    outcomes,
    'cache',
    () => checkCache(at),
    (environment, own) =>
      step(at, own, 'cache_user', async (entry) => {
        const wanted = environment.cache.object === 'redis' ? 'current' : 'none';
        if ((at.machine.slots.get(environment.name)?.cacheUser ?? 'none') === wanted) return;
        await change(
          at,
          environment,
          entry,
          10,
          wanted === 'none' ? 'removed the cache user' : 'made the cache user',
          (made) => {
            made.cacheUser = wanted;
          },
        );
      }),
  );
  return outcomes;
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
  const pending = environments.filter((environment) => progressOf(outcomes, environment).error === null);
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

export function checkCache({ machine }: AtWork): void {
  if (machine.services.get('redis-server') === 'active') return;
  throw new StepError(
    'redis_unreachable',
    '/run/redis/redis-server.sock: [Errno 2] No such file or directory',
  );
}
