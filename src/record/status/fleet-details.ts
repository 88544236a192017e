import type { StatusDocument } from '../../fleet/recorded.ts';
import { type Codec, list, number, object, optional, required, text, usually } from './codec.ts';

/** `details` of the record of the fleet itself. */
export const fleetDetails = object({
  /** Version of the Ansible content; part of applied digests. */
  contentVersion: usually(text, null),
  /** Allowed signers. */
  signers: usually(list(text), []),
  /** The plan that needs approvals. */
  plan: optional(object({ digest: required(text), approvalsWanted: required(number) })),
  /** Newest commit of the branch, if it is not applied. */
  refusedCommit: usually(text, null),
});
export type FleetDetails = ValueOf<typeof fleetDetails>;

/** `details` of the record of a site. */
export const siteDetails = object({ environments: usually(list(text), []) });

type ValueOf<C> = C extends Codec<infer T> ? T : never;

export function fleetDetailsOf(status: Pick<StatusDocument, 'details'> | undefined): FleetDetails {
  return (
    (status === undefined ? undefined : fleetDetails.read(status.details)) ?? {
      contentVersion: null,
      signers: [],
      refusedCommit: null,
    }
  );
}

export function environmentsOfSite(status: Pick<StatusDocument, 'details'>): readonly string[] {
  return siteDetails.read(status.details)?.environments ?? [];
}
