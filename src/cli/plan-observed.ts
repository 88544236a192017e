import { resolve } from 'node:path';
import type { DesiredFleet } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { Observation } from '../plan/plan-json.ts';
import { observe } from '../reconcile/observe.ts';
import { parseObservedFile } from '../record/observed-file.ts';
import { observedFromStatus } from '../record/observed-from-status.ts';
import { fleetDetailsOf } from '../record/status/fleet-details.ts';
import type { CliContext } from './context.ts';
import type { ObservedFrom, PlanSource } from './plan-source.ts';

/** The observed state that plans are made against; the same for every commit. */
export interface Seen {
  readonly observation: Observation;
  /** Version of the Ansible content in the compared digests. */
  readonly contentVersion: string;
  readonly notes: readonly string[];
  of(desired: DesiredFleet): ObservedFleet;
}

export async function seenBy(
  context: CliContext,
  source: PlanSource,
  from: ObservedFrom,
  fleets: readonly DesiredFleet[],
  recorded: RecordedFleet,
): Promise<Seen> {
  switch (from.kind) {
    case 'live':
      return seenLive(context, source, fleets, recorded);
    case 'status':
      return seenInStatus(source, fleets, recorded);
    case 'file':
      return seenInFile(context, source, from.path);
    default:
      return from satisfies never;
  }
}

async function seenLive(
  { signal }: CliContext,
  { deps, clock, contentVersion }: PlanSource,
  fleets: readonly DesiredFleet[],
  recorded: RecordedFleet,
): Promise<Seen> {
  const [first] = fleets;
  if (deps === null || first === undefined)
    throw new PressluftError(errors.internal, 'a live plan needs a session with providers and nodes');
  // Both commits are compared against one observation.
  const all: DesiredFleet = {
    ...first,
    providers: new Map(fleets.toReversed().flatMap(({ providers }) => [...providers])),
    nodes: new Map(fleets.toReversed().flatMap(({ nodes }) => [...nodes])),
  };
  const seen = await observe(deps, all, recorded, signal);
  return {
    observation: { source: 'live', commit: null, at: isoTime(clock.now()), ageSeconds: 0 },
    contentVersion: await contentVersion(),
    notes: [],
    of: (desired) => ({
      ...seen,
      nodes: new Map(
        [...seen.nodes].filter(([name, { server }]) => desired.nodes.has(name) || server !== null),
      ),
    }),
  };
}

async function seenInStatus(
  { git, clock, contentVersion }: PlanSource,
  [fleet]: readonly DesiredFleet[],
  recorded: RecordedFleet,
): Promise<Seen> {
  const info = recorded.head === null ? null : await git.commitInfo(recorded.head);
  const own = await contentVersion();
  const status =
    fleet === undefined ? undefined : recorded.status.get(resourceRef('Pressluft', fleet.config.fleet));
  const contentVersionUsed = fleetDetailsOf(status).contentVersion ?? own;
  const notes = [
    ...(info === null ? ['Nothing is recorded yet, so all resources count as missing.'] : []),
    ...(contentVersionUsed === own ? [] : [otherContent]),
  ];
  return {
    observation: {
      source: 'status',
      commit: recorded.head,
      at: info?.committedAt ?? null,
      ageSeconds: info === null ? null : ageSeconds(clock.now(), info.committedAt),
    },
    contentVersion: contentVersionUsed,
    notes,
    of: (desired) => observedFromStatus(desired, recorded),
  };
}

const otherContent =
  'Another version of Pressluft wrote the records; changes that come with the version alone are not shown.';

/** Far above the saved observations of the largest fleets. */
const maxFileBytes = 256 * 1024 * 1024;

async function seenInFile({ cwd, files }: CliContext, { clock }: PlanSource, path: string): Promise<Seen> {
  const text = await files.read(resolve(cwd, path), maxFileBytes);
  const saved = parseObservedFile(text);
  if (typeof saved === 'string') throw new PressluftError(errors.flagInvalid, `--observed ${path}: ${saved}`);
  return {
    observation: {
      source: 'file',
      commit: null,
      at: saved.at,
      ageSeconds: ageSeconds(clock.now(), saved.at),
    },
    contentVersion: saved.contentVersion,
    notes: [],
    of: (desired) => saved.of(desired),
  };
}

function ageSeconds(now: number, at: string): number {
  return Math.max(0, Math.round((now - Date.parse(at)) / 1000));
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
