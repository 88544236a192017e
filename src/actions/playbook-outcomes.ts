import type { ResourceRef } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { AnsibleOutcome } from '../ports/ansible.ts';
import type { ActionContext } from './context.ts';
import type { Outcome, Outcomes } from './define-action.ts';
import { nodeFailure } from './node-failures.ts';

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
  reported: { code: string; message: string } | undefined,
) {
  const message = context.deps.secrets.redact(reported?.message ?? 'the run ended without a result for it');
  const { error, retry, hint } = nodeFailure(reported?.code, ref.slice('environment/'.length));
  // The other errors say by themselves what the code says.
  const code = error === errors.convergeFailed ? `${reported?.code ?? 'no_result'}: ` : '';
  return new PressluftError(error, `${ref}: ${code}${message}`, { hint, retry });
}
