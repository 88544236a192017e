import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import type { Mutation, SimMachine, Slot } from '../machines/index.ts';
import { environmentFile, fleetName } from '../workload/fleet-model.ts';
import { isApproved } from '../world/accept-loss.ts';
import { isRecordedAsApplied } from '../world/recorded.ts';
import { isDaemon, statusBranch, type World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** What an environment had when it was in service last. */
interface Possession {
  readonly dataId: string;
  readonly uploads: string | null;
  readonly posts: number;
  readonly machineId: string;
  readonly atMs: number;
  /** Whether the status branch has said since that it was applied. */
  isRecorded: boolean;
}

/**
 * The data of a site survives every change, even while it is retained, until it is deleted on purpose. When they are gone without
 * Pressluft, with their server, disk or directory, nothing empty takes their place without an approval of that very action.
 */
export function dataKept(): Checker {
  const name = 'data outlives every change that does not delete it';
  const mutated = newIn(({ machines }) => machines.audit.mutations);
  const pushed = newIn(({ remote }) => remote.updates);
  const known = new Map<string, Possession>();
  /** What each approval gave up. */
  const givenUp = new Map<string, string>();
  return {
    name,
    step: (world) => {
      for (const mutation of mutated(world)) {
        const problem = problemOf(world, mutation, known, givenUp);
        if (problem !== null)
          throw new Violation(name, `${mutation.by}: ${mutation.change} on ${mutation.host}: ${problem}`);
      }
      if (pushed(world).some(({ branch }) => branch === statusBranch))
        for (const [environment, possession] of known)
          possession.isRecorded ||= isRecordedAsApplied(world, 'environment', environment);
    },
  };
}

function problemOf(
  world: World,
  mutation: Mutation,
  known: Map<string, Possession>,
  givenUp: Map<string, string>,
): string | null {
  const { host, environment, playbook, by } = mutation;
  const machine = world.machines.machines.get(host);
  const slot = environment === null ? undefined : machine?.slots.get(environment);
  if (environment === null || machine === undefined) return null;
  const before = known.get(environment);
  // Another checker verifies that the deletion was requested.
  if (playbook === 'environment-delete') {
    if (before?.machineId === machine.machineId && slot?.installation == null) known.delete(environment);
    return null;
  }
  if (slot === undefined || !isOurs(slot)) return null;
  const now = possessionOf(world, machine, slot);
  if (isDaemon(world, by) && before !== undefined) {
    const lost = lossOf(before, now, slot);
    if (lost !== null && isNoticed(world, environment, before)) {
      const approval = approvalOf(world, mutation);
      if (approval === null) return lost;
      const what = `${before.dataId} ${before.uploads}`;
      if ((givenUp.get(approval) ?? what) !== what) return `${lost}; the approval was for another loss`;
      givenUp.set(approval, what);
    }
  }
  const isInService = slot.record !== null && slot.record.retained !== true;
  if (now !== null && isInService) {
    // Uploads that people removed stay what it had: nothing empty may take their place.
    const uploads = now.uploads ?? before?.uploads ?? null;
    known.set(environment, { ...now, uploads, isRecorded: before?.isRecorded ?? false });
  }
  return null;
}

/** What the change put into the place of something else. */
function lossOf(
  before: Possession,
  now: Omit<Possession, 'isRecorded'> | null,
  { directories, uploads }: Slot,
): string | null {
  if (now !== null && now.dataId !== before.dataId)
    return `the data are ${now.dataId}, and were ${before.dataId}`;
  if (now !== null && now.posts < before.posts && now.machineId === before.machineId)
    return `there are ${now.posts} posts, and were ${before.posts}`;
  return directories && before.uploads !== null && uploads !== before.uploads
    ? `the uploads are ${uploads}, and were ${before.uploads}`
    : null;
}

/** Whether it can be known: it was recorded as applied, and no commit since has left it out. */
function isNoticed({ meant }: World, environment: string, { isRecorded, atMs }: Possession): boolean {
  const isLeftOut = [...meant.values()].some(
    ({ fleet, atMs: committedMs }) =>
      committedMs >= atMs &&
      !fleet.environments.has(environment) &&
      !fleet.broken.has(environmentFile(environment)),
  );
  return isRecorded && !isLeftOut;
}

/** The digest of the approved action that makes the change; null without one. */
function approvalOf(world: World, { by, environment }: Mutation): string | null {
  const action = world.lives
    .get(by)
    ?.plan?.actions.find(
      ({ kind, target }) =>
        kind === 'environment.converge' &&
        target.kind === 'environment' &&
        target.environment === environment,
    );
  return action !== undefined && isApproved(world, action) ? action.digest : null;
}

function possessionOf(
  { timeline }: World,
  { machineId }: SimMachine,
  { installation, uploads }: Slot,
): Omit<Possession, 'isRecorded'> | null {
  if (installation === null) return null;
  const { dataId, posts } = installation;
  return { dataId, uploads, posts, machineId, atMs: timeline.nowMs };
}

function isOurs({ name, claim }: Slot): boolean {
  return claim === uidOf(fleetName, resourceRef('Environment', name as EnvironmentName));
}
