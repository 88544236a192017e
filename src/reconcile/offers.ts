import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { messageOf } from '../fleet/errors.ts';
import type { ServerType } from '../fleet/observed.ts';
import type { Cloud } from '../ports/cloud.ts';
import type { Deps } from '../ports/index.ts';

/** Cached server types of providers; requested rarely, because they change rarely. */
export type OfferMemory = Map<ProviderName, Offer>;

interface Offer {
  readonly endpoint: string;
  /** Monotonic. */
  readonly askedAtMs: number;
  /** Null when the provider did not answer. */
  readonly serverTypes: readonly ServerType[] | null;
}

const askAgainAfterMs = 3_600_000;
/** Server types are information for reviewers only: a pass must not wait long for them. */
const patienceMs = 10_000;

/**
 * The server types of a provider, requested at most once an hour, even after a failure. Null when unknown. Throws only
 * when the process stops.
 */
export async function offeredServerTypes(
  deps: Deps,
  memory: OfferMemory,
  { name, endpoint }: DesiredCloudProvider,
  cloud: Pick<Cloud, 'listServerTypes'>,
  signal: AbortSignal,
): Promise<readonly ServerType[] | null> {
  const now = deps.clock.monotonic();
  const known = memory.get(name);
  if (known?.endpoint === endpoint && now - known.askedAtMs < askAgainAfterMs) return known.serverTypes;
  const serverTypes = await ask(deps, name, cloud, signal);
  memory.set(name, { endpoint, askedAtMs: now, serverTypes });
  return serverTypes;
}

async function ask(
  { clock, log, secrets }: Deps,
  provider: ProviderName,
  cloud: Pick<Cloud, 'listServerTypes'>,
  signal: AbortSignal,
): Promise<readonly ServerType[] | null> {
  const patience = new AbortController();
  const giveUp = () => patience.abort(new Error(`no answer in ${patienceMs / 1000} s`));
  // The sleep that loses the race is aborted below; that is not an error.
  void clock.sleep(patienceMs, patience.signal).then(giveUp, () => undefined);
  try {
    return await cloud.listServerTypes(AbortSignal.any([signal, patience.signal]));
  } catch (error) {
    signal.throwIfAborted();
    const message = secrets.redact(messageOf(error));
    log.debug({ provider, message }, 'the server types of a provider are unknown');
    return null;
  } finally {
    patience.abort('answered');
  }
}
