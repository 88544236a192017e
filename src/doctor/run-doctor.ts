import { isPressluftError, messageOf } from '../fleet/errors.ts';
import { providerReason } from '../fleet/provider-reason.ts';
import type {
  DoctorProbes,
  NodeCode,
  ProviderFacts,
  ProviderProbe,
  RepositoryFacts,
  RepositoryProbe,
} from '../ports/doctor-probes.ts';
import { judgeCode } from './judge-code.ts';
import {
  judgeAgeKey,
  judgeAnsible,
  judgeDisk,
  judgeLab,
  judgeNode,
  judgePython,
  judgeStateDirectory,
  judgeStore,
  judgeTool,
} from './judge-local.ts';
import {
  type DoctorCheck,
  type DoctorReport,
  fail,
  ok,
  reportOf,
  skip,
  type Verdict,
  warn,
} from './report.ts';

const localLimitMs = 20_000;
const remoteLimitMs = 60_000;
/** Nodes read all their code, at low priority. */
const codeLimitMs = 11 * 60_000;

/**
 * Checks the environment of the controller. Every error becomes a failed check; only an aborted `signal` throws. Checks run concurrently and
 * are reported in a fixed order.
 */
export async function runDoctor(probes: DoctorProbes, signal?: AbortSignal): Promise<DoctorReport> {
  const check = checker(probes, signal);
  const local = [
    check('node', localLimitMs, async () => judgeNode(probes.nodeVersion())),
    check('git', localLimitMs, async (stop) => judgeTool('git', await probes.toolVersion('git', stop))),
    check('ssh', localLimitMs, async (stop) => judgeTool('ssh', await probes.toolVersion('ssh', stop))),
    check('ssh-keygen', localLimitMs, async (stop) =>
      judgeTool('ssh-keygen', await probes.toolVersion('ssh-keygen', stop)),
    ),
    check('python', localLimitMs, async (stop) => judgePython(await probes.python(stop))),
    check('ansible', localLimitMs, async (stop) => judgeAnsible(await probes.ansible(stop))),
    check('state-directory', localLimitMs, async () => judgeStateDirectory(await probes.stateDirectory())),
    check('disk', localLimitMs, async () => judgeDisk(await probes.stateDirectory())),
    check('store', localLimitMs, async () => judgeStore(await probes.store())),
    check('age-key', localLimitMs, async () => judgeAgeKey(await probes.ageKey())),
    check('lab', localLimitMs, async (stop) => judgeLab(await probes.lab(stop))),
  ];
  const remote = remoteChecks(probes, check);
  const [first, second] = await Promise.all([Promise.all(local), remote]);
  signal?.throwIfAborted();
  const lab = first.filter(({ id }) => id === 'lab');
  return reportOf([...first.filter(({ id }) => id !== 'lab'), ...second, ...lab]);
}

type Check = (
  id: string,
  limitMs: number,
  body: (stop: AbortSignal) => Promise<Verdict>,
) => Promise<DoctorCheck>;

/** The providers are known only after the repository was read. */
async function remoteChecks(probes: DoctorProbes, check: Check): Promise<readonly DoctorCheck[]> {
  const { repository } = probes;
  let facts: RepositoryFacts | undefined;
  const reached = await check('repository', remoteLimitMs, async (stop) => {
    if (repository === null) {
      return skip(
        'no repository is given',
        'Pass --repo or set PRESSLUFT_REPO to check the repository and its providers.',
      );
    }
    facts = await repository.reach(stop);
    return judgeRepository(repository, facts);
  });
  const skews: (number | null)[] = [];
  const providers = await Promise.all(
    (facts?.providers ?? []).map((provider) =>
      check(`provider/${provider.name}`, remoteLimitMs, async (stop) => {
        let found: ProviderFacts;
        try {
          found = await provider.reach(stop);
        } catch (error) {
          stop.throwIfAborted();
          return providerFailure(provider, error);
        }
        skews.push(found.clockSkewMs);
        return judgeProvider(provider, found);
      }),
    ),
  );
  const clock = await check('clock', localLimitMs, async () => judgeClock(skews));
  const code = facts === undefined ? [] : await codeChecks(probes, check);
  return [reached, ...providers, clock, ...code];
}

/** One check for each node, `code/<name>`; none if no node is recorded. */
async function codeChecks(probes: DoctorProbes, check: Check): Promise<readonly DoctorCheck[]> {
  let nodes: readonly NodeCode[] = [];
  const asked = await check('code', codeLimitMs, async (stop) => {
    nodes = await probes.codeOfNodes(stop);
    return ok('every node has answered');
  });
  if (asked.status !== 'ok') return [asked];
  return nodes.map((found) => {
    const verdict = 'code' in found ? judgeCode(found.code) : codeFailure(found.error);
    return { id: `code/${found.node}`, ...verdict, durationMs: asked.durationMs };
  });
}

function codeFailure(error: unknown): Verdict {
  return warn(
    `the code was not compared: ${messageOf(error)}`,
    isPressluftError(error) ? error.hint : undefined,
  );
}

function checker({ clock }: DoctorProbes, signal: AbortSignal | undefined): Check {
  return async (id, limitMs, body) => {
    const startedAt = clock.monotonic();
    const over = new AbortController();
    const stop = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    const done = new AbortController();
    const limit = clock
      .sleep(limitMs, AbortSignal.any([done.signal, ...(signal === undefined ? [] : [signal])]))
      .then(
        () => {
          over.abort();
          return fail(`no answer within ${limitMs / 1000} s`);
        },
        // An aborted limit must not settle the race.
        () => new Promise<Verdict>(() => undefined),
      );
    const aborted = new Promise<Verdict>((resolve) => {
      if (signal?.aborted === true) resolve(skip('cancelled'));
      signal?.addEventListener('abort', () => resolve(skip('cancelled')), {
        once: true,
        signal: done.signal,
      });
    });
    const verdict = await Promise.race([settled(body, stop), limit, aborted]);
    done.abort();
    return { id, ...verdict, durationMs: Math.round(clock.monotonic() - startedAt) };
  };
}

async function settled(body: (stop: AbortSignal) => Promise<Verdict>, stop: AbortSignal): Promise<Verdict> {
  try {
    return await body(stop);
  } catch (error) {
    return isPressluftError(error) ? fail(error.message, error.hint) : fail(messageOf(error));
  }
}

/** The times in replies are whole seconds and delayed by the network. */
const unnoticedSkewMs = 5_000;
/** TLS certificates and signed requests fail from a skew of minutes. */
const tolerableSkewMs = 60_000;

function judgeRepository({ url, branch }: RepositoryProbe, facts: RepositoryFacts): Verdict {
  const message = `${url} ${branch} at ${facts.commit.slice(0, 12)}`;
  if (facts.manifestErrors === 0) return ok(message);
  const errors = facts.manifestErrors === 1 ? '1 error' : `${facts.manifestErrors} errors`;
  return warn(
    `${message}, with ${errors} in its manifests`,
    '`pressluft validate` lists them with file and line.',
  );
}

function judgeProvider({ endpoint }: ProviderProbe, { mayWrite }: ProviderFacts): Verdict {
  if (mayWrite) return ok(`connected to ${endpoint}`);
  return fail(
    `TokenReadOnly: the token for ${endpoint} may only read`,
    'Replace it by a token with write permission.',
  );
}

/** A rate limit is temporary; after any other failure Pressluft cannot change anything at the provider. */
function providerFailure({ endpoint }: ProviderProbe, error: unknown): Verdict {
  const { reason } = providerReason(error);
  const message = `${reason}: ${endpoint}: ${messageOf(error)}`;
  const hint = isPressluftError(error) ? error.hint : undefined;
  return reason === 'RateLimited' ? warn(message, hint) : fail(message, hint);
}

/** `skewsMs`: the local clock minus the clock of each provider. */
function judgeClock(skewsMs: readonly (number | null)[]): Verdict {
  const known = skewsMs.filter((skew) => skew !== null);
  const worst = known.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  if (worst === undefined) return skip('no provider reported its time');
  const size = Math.abs(worst);
  if (size <= unnoticedSkewMs) return ok('agrees with the clocks of the providers');
  const message = `${Math.round(size / 1000)} s ${worst > 0 ? 'ahead of' : 'behind'} a provider's clock`;
  const hint = 'Synchronise the clock by NTP, e.g. with systemd-timesyncd or chrony.';
  return size <= tolerableSkewMs ? warn(message, hint) : fail(message, hint);
}
