import { type ErrorCode, errors } from '../fleet/error-catalogue.ts';
import { backoff, never, type Retry } from '../fleet/error-entry.ts';

/** What a code means that an environment module reports. */
export interface NodeFailure {
  readonly error: ErrorCode;
  /** `never`: the same attempt cannot succeed before the manifest, the artifact or the site changes. */
  readonly retry: Retry;
  /** With `{environment}` for the name of the environment. */
  readonly hint: string;
}

/** What is known of a code of an environment; an unknown one is retried. */
export function nodeFailure(code: string | undefined, environment: string): NodeFailure {
  const found = nodeFailures.get(code ?? '') ?? failed(backoff, stepsHint);
  return { ...found, hint: found.hint.replaceAll('{environment}', environment) };
}

const stepsHint = 'The steps in the record of the run show where it stopped.';
const logsHint =
  'Read the logs in /srv/pressluft/{environment}/logs on the node, correct the cause, then run `pressluft reconcile`.';
const artifactHint = 'Correct the URL and the sha256 of the artifact in pressluft.yaml, and push.';
const serviceHint = (unit: string) =>
  `Read \`journalctl -u ${unit}\` on the node; often the disk or the memory is full.`;

function failed(retry: Retry, hint: string, error: ErrorCode = errors.convergeFailed): NodeFailure {
  return { error, retry, hint };
}

/** Every code that the modules under ansible/ report for an environment: the only place that says whether a retry can help. */
export const nodeFailures: ReadonlyMap<string, NodeFailure> = new Map([
  // Nothing changes by itself: only another manifest, artifact or decision of a person can help.
  [
    'release_switched_back',
    failed(
      never,
      'Correct the code and push, or revert the commit. `pressluft reconcile --force` tries the same release again.',
      errors.releaseSwitchedBack,
    ),
  ],
  [
    'data_missing',
    failed(
      never,
      'Restore the data that the message names, then run `pressluft reconcile`. To start empty instead, approve the plan that `pressluft status` names.',
      errors.dataMissing,
    ),
  ],
  [
    'ownership_mismatch',
    failed(
      never,
      'Choose another name or another node; Pressluft changes only what it owns.',
      errors.ownedByOther,
    ),
  ],
  [
    'not_a_directory',
    failed(
      never,
      'Move the data back to a directory of that name; for another disk, mount the disk there or use a bind mount. Then run `pressluft reconcile`.',
    ),
  ],
  [
    'account_conflict',
    failed(
      never,
      'A user of that name exists on the node and does not belong to Pressluft: choose another name for the environment.',
    ),
  ],
  [
    'database_full',
    failed(
      never,
      'The workers of all environments of a node may open 3900 connections to its database together: lower php.pool.maxChildren, or move environments to another node.',
    ),
  ],
  [
    'name_taken',
    failed(
      backoff,
      'Remove the name from one of the two manifests. If the other environment gives it up, no action is needed.',
      errors.nodeNameTaken,
    ),
  ],
  ['invalid_value', failed(never, 'Correct the value that the message names, and push.')],
  ['plugin_invalid', failed(never, 'Remove the plugin, or pin an archive that holds a plugin, and push.')],
  [
    'checksum_mismatch',
    failed(
      never,
      'The download differs from the checksum in pressluft.yaml: compare the sha256 under spec.artifacts with its publisher.',
    ),
  ],
  ['artifact_missing', failed(never, artifactHint)],
  ['artifact_refused', failed(never, artifactHint)],
  ['artifact_too_large', failed(never, artifactHint)],
  ['artifact_unreadable', failed(never, artifactHint)],
  [
    'php_version_missing',
    failed(never, 'Add the version to spec.php.versions of the node, or choose one that it has.'),
  ],
  ['nginx_config_invalid', failed(never, 'Correct spec.nginx; the previous configuration is still in use.')],
  ['php_config_invalid', failed(never, 'Correct spec.php; the previous configuration is still in use.')],
  [
    'plugin_activation_failed',
    failed(
      never,
      'Activate it with `pressluft wp {environment} -- plugin activate` and the name of its directory to see its own message.',
    ),
  ],
  ['activation_undone', failed(never, 'Correct the plugin or theme that the message names, and push.')],
  ['site_fatal', failed(never, logsHint)],
  [
    'site_empty',
    failed(
      never,
      'Check that the active theme is among spec.wordpress.themes, and read the logs of the site.',
    ),
  ],
  [
    'site_not_installed',
    failed(
      never,
      'The tables of WordPress are missing: restore the database, then run `pressluft reconcile`.',
    ),
  ],

  // May succeed by itself: network, services, load and locks.
  [
    'download_failed',
    failed(
      backoff,
      'Check that the node can reach the artifact URL, then push again or run `pressluft reconcile`.',
    ),
  ],
  ['mariadb_unreachable', failed(backoff, serviceHint('mariadb'))],
  ['database_failed', failed(backoff, serviceHint('mariadb'))],
  [
    'sandbox_unavailable',
    failed(
      backoff,
      'The machine must allow mount and network namespaces to systemd.',
      errors.sandboxUnavailable,
    ),
  ],
  ['reload_failed', failed(backoff, stepsHint)],
  ['pool_not_started', failed(backoff, stepsHint)],
  ['service_failed', failed(backoff, stepsHint)],
  ['account_failed', failed(backoff, stepsHint)],
  ['account_missing', failed(backoff, stepsHint)],
  ['release_failed', failed(backoff, stepsHint)],
  ['secrets_missing', failed(backoff, stepsHint)],
  ['not_provisioned', failed(backoff, stepsHint)],
  ['program_missing', failed(backoff, stepsHint)],
  ['timeout', failed(backoff, stepsHint)],
  ['environment_busy', failed(backoff, stepsHint)],
  ['wordpress_failed', failed(backoff, logsHint)],
  ['verify_failed', failed(backoff, logsHint)],
  ['internal_error', failed(backoff, stepsHint)],
]);
