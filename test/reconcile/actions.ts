import type { ActionContext } from '../../src/actions/context.ts';
import type { EnvironmentName, NodeName, ProviderName } from '../../src/fleet/brand.ts';
import type { Action, ActionKind, Plan } from '../../src/fleet/plan.ts';
import { commitSha, digest, environmentRef, nodeRef } from '../support/fleet-builders.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** An action as the planner makes it; `name` is the name of its node or environment. */
export function action(
  kind: ActionKind,
  name: string,
  node = name,
  dependsOn: readonly string[] = [],
): Action {
  const target = kind.startsWith('node.')
    ? { kind: 'node' as const, node: name as NodeName, provider: 'hetzner' as ProviderName }
    : { kind: 'environment' as const, environment: name as EnvironmentName, node: node as NodeName };
  return {
    id: `${kind}:${name}`,
    kind,
    resource: target.kind === 'node' ? nodeRef(name) : environmentRef(name),
    target,
    reason: 'Missing',
    message: 'do it',
    cause: null,
    formerFile: null,
    changes: [],
    desiredDigest: digest(`${kind} ${name}`),
    dependsOn,
    exclusive: [],
    risk: 'none',
    downtime: { seconds: 0, basis: 'none', samples: 0 },
    undo: { byRevert: true, lost: null, restorePoint: null },
    restores: null,
    digest: digest(`${kind} ${name} as a whole`),
  };
}

export function planOf(...actions: readonly Action[]): Plan {
  return { version: 1, commit: commitSha('1'), digest: digest('plan'), actions, blocked: [], notApplied: [] };
}

/** The parts of a context that the executor itself reads. */
export function executorContext(waitSignal = new AbortController().signal): ActionContext {
  const secrets = { redact: (text: string) => text.replaceAll('s3cr3t', '[redacted]') };
  const report = () => undefined;
  return { waitSignal, report, deps: { secrets, clock: new VirtualClock() } } as unknown as ActionContext;
}
