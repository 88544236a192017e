import type { Digest, Uid } from '../../fleet/brand.ts';
import { type DeletionPolicy, deletionPolicies } from '../../fleet/desired.ts';
import { missingDataKinds } from '../../fleet/missing-data.ts';
import type { DriftedFile, ObservedEnvironment } from '../../fleet/observed.ts';
import type { StatusDocument } from '../../fleet/recorded.ts';
import { recordableSpec } from '../applied.ts';
import {
  type Codec,
  flag,
  json,
  list,
  mapping,
  matching,
  number,
  object,
  oneOf,
  optional,
  required,
  text,
  usually,
} from './codec.ts';
import { siteObservation, siteSince } from './site-details.ts';

export const deletionPolicy: Codec<DeletionPolicy> = oneOf(deletionPolicies);
export const digest = matching<Digest>(/^sha256:[0-9a-f]{64}$/);

const driftedFile: Codec<DriftedFile> = object({
  path: required(text),
  expected: usually(text, ''),
  /** Absent when the file is gone. */
  actual: usually(text, null),
});

/** Default values are omitted: nearly all environments have them. */
const observationFields = {
  state: required(oneOf(['running', 'stopped'])),
  /** Owner, if it is not the expected uid of the name; `none` without an owner. */
  owner: usually(text, null),
  complete: usually(flag, true),
  /** False when its files are gone from the node. */
  present: usually(flag, true),
  missingData: usually(list(oneOf(missingDataKinds)), []),
  retained: usually(flag, false),
  deletionPolicy: usually(deletionPolicy, null),
  drift: usually(list(driftedFile), []),
  failedServices: usually(list(text), []),
  site: usually(siteObservation, null),
};

/** Facts that a plan needs in addition to the record of an environment. */
export const environmentObservation = object(observationFields);
export type EnvironmentObservation = ValueOf<typeof environmentObservation>;

/** An environment on a node that has no record of its own there. */
export const orphanObservation = object({
  name: required(matching<string>(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  ...observationFields,
  digest: usually(digest, null),
  /** The applied task, unless the environment is foreign: its manifest may be restored. */
  applied: usually(json, null),
  wordpressVersion: usually(text, null),
  phpVersion: usually(text, null),
});
export type OrphanObservation = ValueOf<typeof orphanObservation>;

/** `details` of the record of an environment. */
export const environmentDetails = object({
  url: usually(text, null),
  /** The described URL, while another one is served. */
  nextUrl: usually(text, null),
  previewUrl: usually(text, null),
  wordpressVersion: usually(text, null),
  phpVersion: usually(text, null),
  plugins: usually(mapping(text), {}),
  /** Status of the home page. */
  http: usually(number, null),
  /** RFC 3339; time when it was taken out of service. */
  retainedSince: usually(text, null),
  /** RFC 3339; when it was first recorded after it was made, or made again after a loss. */
  madeAt: usually(text, null),
  /** Null if it is not on its node; absent in records of the first versions. */
  observed: optional({
    read: (raw) => (raw === null ? null : environmentObservation.read(raw)),
    write: (value) => (value === null ? null : environmentObservation.write(value)),
  } as Codec<EnvironmentObservation | null>),
});
export type EnvironmentDetails = ValueOf<typeof environmentDetails>;

type ValueOf<C> = C extends Codec<infer T> ? T : never;

export function environmentDetailsOf(
  status: Pick<StatusDocument, 'details'> | undefined,
): EnvironmentDetails {
  return (
    environmentDetails.read(status?.details ?? {}) ?? {
      url: null,
      nextUrl: null,
      previewUrl: null,
      wordpressVersion: null,
      phpVersion: null,
      plugins: {},
      http: null,
      retainedSince: null,
      madeAt: null,
    }
  );
}

export function observationOf(
  seen: ObservedEnvironment,
  uid: Uid,
  before: EnvironmentObservation | null = null,
): EnvironmentObservation {
  return {
    state: seen.state,
    owner: ownerWords(seen.uid, uid),
    complete: seen.complete,
    present: seen.present !== false,
    missingData: seen.missingData ?? [],
    retained: seen.retained,
    deletionPolicy: seen.deletionPolicy,
    drift: seen.driftedFiles,
    failedServices: seen.failedServices,
    site: siteSince(before?.site ?? null, seen.site ?? null),
  };
}

export function orphanOf(seen: ObservedEnvironment, uid: Uid): OrphanObservation {
  const isOurs = seen.uid === uid || seen.uid === null;
  return {
    name: seen.name,
    ...observationOf(seen, uid),
    digest: seen.appliedDigest,
    applied: isOurs ? recordableSpec(seen.appliedSpec, uid) : null,
    wordpressVersion: seen.wordpressVersion,
    phpVersion: seen.phpVersion,
  };
}

/** Written only if it is not the expected one. */
export function ownerWords(owner: Uid | null, usual: Uid): string | null {
  return owner === usual ? null : (owner ?? 'none');
}

export function ownerOf(words: string | null, usual: Uid): Uid | null {
  return words === null ? usual : words === 'none' ? null : (words as Uid);
}
