import type { ResourceRef } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { AnsibleOutcome } from '../ports/ansible.ts';
import type { ActionContext } from './context.ts';
import type { Outcome, Outcomes } from './define-action.ts';

/** Result of each environment of an Ansible run. An environment without a result counts as failed. */
export function outcomesOf(
  context: ActionContext,
  refs: readonly ResourceRef[],
  { environments }: AnsibleOutcome,
): Outcomes<null> {
  return new Map(
    refs.map((ref): [ResourceRef, Outcome<null>] => {
      const end = environments.get(ref.slice('environment/'.length));
      if (end !== undefined && end.status !== 'failed')
        return [ref, { changed: end.status === 'changed', output: null }];
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
      hint: 'Choose another name or another node; Pressluft changes only what it owns.',
    });
  }
  return new PressluftError(errors.convergeFailed, `${ref}: ${error?.code ?? 'no_result'}: ${message}`, {
    hint: hints[error?.code ?? ''] ?? 'The steps in the record of the run show where it stopped.',
  });
}

/** Hints for the codes that the environment modules report. */
const hints: Readonly<Record<string, string>> = {
  nginx_config_invalid: 'Correct spec.nginx.serverSnippet; the previous configuration is still in use.',
  php_config_invalid: 'Correct spec.php; the previous configuration is still in use.',
  checksum_mismatch:
    'The download differs from the checksum in pressluft.yaml: compare the sha256 under spec.artifacts with its publisher.',
  php_version_missing: 'Add the version to spec.php.versions of the node, or choose one that it has.',
  plugin_activation_failed:
    'Activate it with `pressluft wp <environment> -- plugin activate <slug>` to see its own message.',
  verify_failed:
    'The site does not answer correctly: read the logs in /srv/pressluft/<environment>/logs on the node.',
  mariadb_unreachable: 'Read `journalctl -u mariadb` on the node; often the disk or the memory is full.',
  redis_unreachable: 'Read `journalctl -u redis-server` on the node.',
  account_conflict:
    'A user of that name exists on the node and does not belong to Pressluft: choose another name for the environment.',
  download_failed:
    'Check that the node can reach the artifact URL, then push again or run `pressluft reconcile`.',
};
