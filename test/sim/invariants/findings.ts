import { fleetLabel } from '../../../src/fleet/naming.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { isApproved } from '../world/accept-loss.ts';
import { fleetNow } from '../world/happen.ts';
import { readyCondition, recordedNode } from '../world/recorded.ts';
import { nodeOfServer, serversOf } from '../world/where.ts';
import { isDaemon, type Life, mainLife, type OutsideChange, type World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** A server that is not what was recorded is reported and left as it is, with everything on it, until a person acts. */
export function findings(): Checker {
  const name = 'a server that is not what was recorded is reported and left as it is';
  const atProvider = newIn(({ account }) => account.audit);
  const accepted = new Map<string, number>();
  return {
    name,
    step: (world) => {
      for (const { by, method, path, id, name: server } of atProvider(world)) {
        if (!isDaemon(world, by) || method !== 'POST' || path !== '/servers') continue;
        const other = recordedServerBeside(world, id);
        if (other !== null) throw new Violation(name, `${by} created ${server} beside server ${other}`);
      }
      for (const said of world.said) {
        if (said.kind !== 'progress' || said.event.kind !== 'action-started') continue;
        const { life, event } = said;
        const action = life.plan?.actions.find(({ id }) => id === event.action);
        if (action === undefined) continue;
        const { node } = action.target;
        // An approval of what repairs the node accepts the state that it is in.
        if (isApproved(world, action) && action.kind.startsWith('node.')) accepted.set(node, life.beganMs);
        if (isApproved(world, action)) continue;
        const found = world.outsideChanges.find(
          (change) => isKnown(change, life, node) && change.sinceMs > (accepted.get(node) ?? -1),
        );
        if (found !== undefined)
          throw new Violation(name, `${life.process.name} started ${action.id}, but: ${found.what}`);
      }
    },
    found: (world) => {
      for (const { node, finding, what, isRecorded, sinceMs } of world.outsideChanges) {
        const isDescribed = fleetNow(world)?.nodes.has(node) === true;
        if (finding === null || !isRecorded || !isDescribed || sinceMs <= (accepted.get(node) ?? -1))
          continue;
        const ready = readyCondition(world, 'node', node);
        if (ready?.status === 'True') throw new Violation(name, `${node} is Ready, but: ${what}`);
      }
      for (const { reason, kind, node, nextStep } of mainLife(world)?.lastReport?.residual?.blocked ?? []) {
        if (reason !== 'Stalled' || kind !== 'node.create') continue;
        const unnamed = missingLabels(world, node ?? '').filter((label) => !nextStep.includes(label));
        if (unnamed.length > 0)
          throw new Violation(
            name,
            `nobody is told to put ${unnamed.join(', ')} back on the server of ${node}`,
          );
      }
    },
  };
}

/** Whether a pass that began after the change could know of it. */
function isKnown({ node, finding, isRecorded, sinceMs }: OutsideChange, life: Life, target: string): boolean {
  return finding !== null && isRecorded && node === target && sinceMs < life.beganMs;
}

/** Labels of Pressluft that the servers of a node were created with, and do not have. */
function missingLabels(world: World, node: string): readonly string[] {
  return serversOf(world, node).flatMap(({ id, labels }) => {
    const made = world.account.audit.find(
      ({ method, path, id: other }) => method === 'POST' && path === '/servers' && other === id,
    );
    return Object.entries(made?.labels ?? {}).flatMap(([label, value]) =>
      label.startsWith('pressluft.dev/') && labels[label] !== value ? [`${label}=${value}`] : [],
    );
  });
}

/** The recorded server of the node that the server was created for, if it exists. */
function recordedServerBeside(world: World, id: number): number | null {
  const node = nodeOfServer(world, id);
  const recorded = node === null ? null : recordedNode(world, node).server;
  const server = recorded === null || recorded === id ? undefined : world.account.servers.get(recorded);
  if (server === undefined || server.status === 'deleting') return null;
  return server.labels[fleetLabel] === fleetName || nodeOfServer(world, server.id) === node
    ? server.id
    : null;
}
