import type { NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { Json } from '../fleet/digest.ts';
import { environmentTask, taskDigest, withoutUrls } from '../fleet/environment-task.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { ActionContext } from './context.ts';
import { forgetInterrupted, rememberInterrupted } from './interrupted.ts';
import { reach } from './node-address.ts';
import { runPlaybook } from './run-playbook.ts';

/** Base for one run plus time for each environment; a hung node must not hold its lock for ever. */
const baseTimeoutMs = 15 * 60_000;
const perEnvironmentTimeoutMs = 2 * 60_000;

/** How each environment of a batch ended. */
export type EnvironmentOutcomes = ReadonlyMap<
  ResourceRef,
  { readonly changed: boolean; readonly error?: PressluftError }
>;

/** Converges any number of environments of one node in one Ansible run; each succeeds or fails on its own. */
export async function convergeEnvironments(
  context: ActionContext,
  node: NodeName,
  environments: readonly DesiredEnvironment[],
): Promise<EnvironmentOutcomes> {
  const { ipv4, address } = reach(context, node);
  const { config } = context.desired;
  const contentVersion = await context.deps.ansible.contentVersion();
  const tasks = environments.map((environment) => {
    const task = environmentTask(environment, ipv4, config.previewDomain);
    return { ...task, digest: taskDigest(task, contentVersion), spec: withoutUrls(task) };
  });
  for (const { uid } of environments) rememberInterrupted(context.deps.store, uid, node);
  const outcome = await runPlaybook(context, {
    playbook: 'environment-converge',
    node,
    address,
    vars: { pressluft_environments: tasks as unknown as Json, pressluft_node: { name: node, address: ipv4 } },
    resource: resourceRef('Node', node),
    environments: new Set(environments.map(({ name }) => name)),
    timeoutMs: baseTimeoutMs + environments.length * perEnvironmentTimeoutMs,
  });
  return outcomesOf(
    context,
    environments.map((environment) => environment.ref),
    outcome.environments,
  );
}

export interface Removal {
  readonly ref: ResourceRef;
  readonly task: Readonly<Record<string, Json>>;
}

/** Takes environments out of service, or deletes them, in one Ansible run. */
export async function removeEnvironments(
  context: ActionContext,
  node: NodeName,
  removals: readonly Removal[],
): Promise<EnvironmentOutcomes> {
  const { address } = reach(context, node);
  const outcome = await runPlaybook(context, {
    playbook: 'environment-delete',
    node,
    address,
    vars: { pressluft_delete: removals.map((removal) => removal.task) },
    resource: resourceRef('Node', node),
    environments: new Set(removals.map(({ ref }) => ref.slice('environment/'.length))),
    timeoutMs: baseTimeoutMs + removals.length * perEnvironmentTimeoutMs,
  });
  const outcomes = outcomesOf(
    context,
    removals.map((removal) => removal.ref),
    outcome.environments,
  );
  for (const { ref, task } of removals) {
    if (task.policy === 'delete' && outcomes.get(ref)?.error === undefined)
      forgetInterrupted(context.deps.store, task.uid as Uid);
  }
  return outcomes;
}

type Reported = ReadonlyMap<
  string,
  {
    readonly status: 'ok' | 'changed' | 'failed';
    readonly error?: { readonly code: string; readonly message: string };
  }
>;

/** An environment that the run did not mention did not succeed. */
function outcomesOf(
  context: ActionContext,
  refs: readonly ResourceRef[],
  reported: Reported,
): EnvironmentOutcomes {
  return new Map(
    refs.map((ref) => {
      const end = reported.get(ref.slice('environment/'.length));
      if (end !== undefined && end.status !== 'failed') return [ref, { changed: end.status === 'changed' }];
      return [ref, { changed: true, error: failureOf(context, ref, end?.error) }];
    }),
  );
}

function failureOf(
  context: ActionContext,
  ref: ResourceRef,
  error: { code: string; message: string } | undefined,
) {
  const message = context.deps.secrets.redact(error?.message ?? 'the run ended without a result for it');
  if (error?.code === 'ownership_mismatch') {
    return new PressluftError(errors.ownedByOther, `${ref}: ${message}`, {
      hint: 'Choose another name or another node; Pressluft touches nothing that it does not own.',
    });
  }
  return new PressluftError(errors.convergeFailed, `${ref}: ${error?.code ?? 'no_result'}: ${message}`, {
    hint: hints[error?.code ?? ''] ?? 'The steps in the record of the run show where it stopped.',
  });
}

/** What to do about the codes that the environment modules report. */
const hints: Readonly<Record<string, string>> = {
  nginx_config_invalid: 'Mend spec.nginx.serverSnippet; the configuration before it is still live.',
  php_config_invalid: 'Mend spec.php; the configuration before it is still live.',
  checksum_mismatch:
    'The download is not what pressluft.yaml pins: compare the sha256 under spec.artifacts with its publisher.',
  php_version_missing: 'Add the version to spec.php.versions of the node, or choose one that it has.',
  plugin_activation_failed:
    'Activate it by `pressluft wp <environment> -- plugin activate <slug>` to see its own message.',
  verify_failed:
    'The site does not answer as it should: look at the logs in /srv/pressluft/<environment>/logs on the node.',
  mariadb_unreachable: 'Read `journalctl -u mariadb` on the node; often the disk or the memory is full.',
  redis_unreachable: 'Read `journalctl -u redis-server` on the node.',
  account_conflict:
    'A user of that name exists on the node and is not ours: choose another name for the environment.',
  download_failed:
    'Check that the node can reach the artifact URL, then push again or run `pressluft reconcile`.',
};
