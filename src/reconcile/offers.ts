import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { messageOf } from '../fleet/errors.ts';
import type { ServerType } from '../fleet/observed.ts';
import type { Cloud } from '../ports/cloud.ts';
import type { Deps } from '../ports/index.ts';

/** What providers offered when they were asked last; they are asked rarely, for it changes rarely. */
export type OfferMemory = Map<ProviderName, Offer>;

interface Offer {
  readonly endpoint: string;
  /** Monotonic. */
  readonly askedAtMs: number;
  /** Null when the provider did not say. */
  readonly serverTypes: readonly ServerType[] | null;
}

const askAgainAfterMs = 3_600_000;
/** It helps reviewers and decides nothing: a pass must not wait for it long. */
const patienceMs = 10_000;

/**
 * The server types of a provider: one list at most once an hour, whether it was answered or not. Null when they are not known. Only
 * the end of the process is an error.
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
  // The losing sleep is aborted below, and that is not an error.
  void clock.sleep(patienceMs, patience.signal).then(giveUp, () => undefined);
  try {
    return await cloud.listServerTypes(AbortSignal.any([signal, patience.signal]));
  } catch (error) {
    signal.throwIfAborted();
    const message = secrets.redact(messageOf(error));
    log.debug({ provider, message }, 'the server types of a provider are not known');
    return null;
  } finally {
    patience.abort();
  }
}
