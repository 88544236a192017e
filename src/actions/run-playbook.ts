import type { EnvironmentName, NodeName, ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { AnsibleEvent, AnsibleOutcome, Playbook } from '../ports/ansible.ts';
import type { MachineAddress } from '../ports/machine.ts';
import type { ActionContext } from './context.ts';

export interface PlaybookRun {
  readonly playbook: Playbook;
  readonly node: NodeName;
  readonly address: MachineAddress;
  readonly vars: Readonly<Record<string, Json>>;
  /** Steps that name no environment are reported under this resource. */
  readonly resource: ResourceRef;
  readonly timeoutMs: number;
  /** Environments of the run; steps of others are forged by the node. */
  readonly environments?: ReadonlySet<string>;
}

/** Base for one run plus time for each environment; a hanging node must not keep its lock forever. */
const baseTimeoutMs = 15 * 60_000;
const perEnvironmentTimeoutMs = 2 * 60_000;

export function environmentsTimeoutMs(count: number): number {
  return baseTimeoutMs + count * perEnvironmentTimeoutMs;
}

/**
 * Runs a playbook against one node and reports its tasks as steps. Throws PL4030 when a task failed for the whole node; failures of
 * single environments are in the outcome.
 */
export async function runPlaybook(context: ActionContext, run: PlaybookRun): Promise<AnsibleOutcome> {
  const outcome = await context.deps.ansible.run({
    playbook: run.playbook,
    host: run.node,
    address: run.address,
    vars: run.vars,
    timeoutMs: run.timeoutMs,
    signal: context.signal,
    onEvent: (event) => reportEvent(context, run, event),
  });
  if (outcome.failure !== null && outcome.stats.failed > 0) {
    const { task, message } = outcome.failure;
    throw new PressluftError(
      errors.playbookFailed,
      `${run.playbook} on ${run.node}: ${task}: ${context.deps.secrets.redact(message)}`,
      {
        hint: `It is retried after a pause; the steps are in the run's record.`,
      },
    );
  }
  return outcome;
}

function reportEvent(context: ActionContext, run: PlaybookRun, event: AnsibleEvent): void {
  const message =
    'message' in event && event.message !== undefined ? context.deps.secrets.redact(event.message) : null;
  const text = message === null ? {} : { message };
  switch (event.event) {
    case 'task_start':
      if (isChore(event.task)) return;
      context.report({ resource: run.resource, step: event.task, status: 'running', durationMs: 0 });
      return;
    case 'task_end':
      if (event.status === 'skipped' || (isChore(event.task) && event.status === 'ok')) return;
      context.report({
        resource: run.resource,
        step: event.task,
        status: event.status === 'unreachable' ? 'failed' : event.status === 'ignored' ? 'ok' : event.status,
        durationMs: event.durationMs,
        ...text,
      });
      return;
    case 'environment_step':
      if (run.environments?.has(event.environment) !== true) return;
      context.report({
        resource: resourceRef('Environment', event.environment as EnvironmentName),
        step: event.step,
        status: event.status,
        durationMs: event.durationMs,
        ...text,
      });
      return;
    case 'run_start':
    case 'environment_result':
    case 'data':
      return;
    default:
      event satisfies never;
  }
}

/** Tasks that Ansible adds to check the arguments of a role: reported only when they fail. */
function isChore(task: string): boolean {
  return task.startsWith('Validating arguments against arg spec');
}
