import type { EnvironmentName, NodeName, ResourceRef } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import { mayMove, ownershipBy } from '../fleet/ownership.ts';
import type { BackupRecord } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { PlanInput } from './plan-input.ts';

export interface Place {
  readonly node: ObservedNode;
  readonly environment: ObservedEnvironment;
}

/** The input of a plan with prepared indexes, so that planning stays linear in the size of the fleet. */
export interface FleetView extends PlanInput {
  /** Nodes on which an environment of that name was observed, in the order of node names. */
  readonly placesOf: (name: EnvironmentName) => readonly Place[];
  readonly environmentsOn: (node: NodeName) => readonly DesiredEnvironment[];
  /** Whether any record says that an environment was applied on the node. */
  readonly wasUsed: (node: NodeName) => boolean;
  /**
   * A broken file that is new and may describe a resource of a recorded file, e.g. because it was moved and damaged. By the ownership of
   * paths, a broken file of one site says nothing about the resources of others.
   */
  readonly unidentifiedFile: (ref: ResourceRef, file: string) => string | undefined;
  /** A backup of any environment. */
  readonly backupById: (id: string) => BackupRecord | undefined;
}

const none: readonly never[] = [];

export function fleetView(input: PlanInput): FleetView {
  const places = new Map<EnvironmentName, Place[]>();
  for (const node of input.observed.nodes.values()) {
    for (const environment of node.environments.values()) {
      collect(places, environment.name, { node, environment });
    }
  }
  for (const list of places.values()) list.sort((a, b) => (a.node.name < b.node.name ? -1 : 1));
  const onNode = new Map<NodeName, DesiredEnvironment[]>();
  for (const environment of input.desired.environments.values()) {
    collect(onNode, environment.node, environment);
  }
  for (const list of onNode.values()) list.sort((a, b) => (a.name < b.name ? -1 : 1));
  const used = new Set<string | null>();
  const described = new Set<string>();
  for (const { node, sourceFile, appliedDigest } of input.recorded.status.values()) {
    if (appliedDigest !== null) used.add(node);
    described.add(sourceFile);
  }
  const unidentified = [...input.desired.quarantine.files]
    .filter(([path, { isUnidentified }]) => isUnidentified && !described.has(path))
    .map(([path]) => path)
    .sort();
  const { ownership } = input.desired.config;
  const rightsAt = ownership === null ? null : ownershipBy(ownership);
  return {
    ...input,
    placesOf: (name) => places.get(name) ?? none,
    environmentsOn: (node) => onNode.get(node) ?? none,
    wasUsed: (node) => used.has(node),
    unidentifiedFile: (ref, file) => {
      const kind = parseResourceRef(ref)?.kind;
      if (rightsAt === null || kind === undefined) return unidentified[0];
      return unidentified.find((path) => mayMove(kind, rightsAt(file), rightsAt(path)));
    },
    backupById: backupsById(input),
  };
}

/** Few plans need this index, so it is built on first use. */
function backupsById({ recorded }: PlanInput): FleetView['backupById'] {
  let byId: Map<string, BackupRecord> | undefined;
  return (id) => {
    byId ??= new Map(
      [...recorded.backups.values()]
        .flat()
        .sort((a, b) => (a.environment > b.environment ? -1 : 1))
        .map((record) => [record.id, record]),
    );
    return byId.get(id);
  };
}

function collect<K, V>(into: Map<K, V[]>, key: K, value: V): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [value]);
  else list.push(value);
}
