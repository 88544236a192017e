import type { NodeName, ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { StepStatus } from '../fleet/run.ts';
import type { Deps } from '../ports/index.ts';

/** One step of an action, as shown live and in records. */
export interface StepReport {
  readonly resource: ResourceRef;
  readonly step: string;
  readonly status: StepStatus;
  readonly durationMs: number;
  readonly message?: string;
}

export interface ActionContext {
  readonly deps: Deps;
  readonly desired: DesiredFleet;
  readonly recorded: RecordedFleet;
  /** Current address of a node: observed, or determined by an action of this pass. */
  readonly addressOf: (node: NodeName) => string | null;
  readonly learnAddress: (node: NodeName, ipv4: string) => void;
  /** Aborted when the process stops; also ends a run of Ansible. */
  readonly signal: AbortSignal;
  /** Also aborted when a new commit arrives: waiting ends at once, changes end at their next safe point. */
  readonly waitSignal: AbortSignal;
  readonly report: (step: StepReport) => void;
  /** Work that several actions need, e.g. the firewall of all new nodes: done once in a pass, by the first caller. */
  readonly once: <T>(key: string, work: () => Promise<T>) => Promise<T>;
}

/** Runs one named step and reports its start, end and duration. */
export async function step<T>(
  context: ActionContext,
  resource: ResourceRef,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const started = context.deps.clock.monotonic();
  context.report({ resource, step: name, status: 'running', durationMs: 0 });
  try {
    const value = await work();
    context.report({
      resource,
      step: name,
      status: 'ok',
      durationMs: context.deps.clock.monotonic() - started,
    });
    return value;
  } catch (error) {
    const durationMs = context.deps.clock.monotonic() - started;
    const message = context.deps.secrets.redact(error instanceof Error ? error.message : String(error));
    context.report({ resource, step: name, status: 'failed', durationMs, message });
    throw error;
  }
}
