import { type CommitSha, type Digest, parseCommitSha, type Uid } from '../../fleet/brand.ts';
import type { ConditionType } from '../../fleet/reasons/reason-entry.ts';
import { reasonWithMessage } from '../../fleet/reasons.ts';
import type { Condition, StatusDocument } from '../../fleet/recorded.ts';
import { parseResourceRef } from '../../fleet/resource.ts';
import { readYaml } from '../read-yaml.ts';
import { writeYaml } from '../write-yaml.ts';
import {
  type Codec,
  flag,
  json,
  list,
  mapped,
  number,
  object,
  oneOf,
  optional,
  otherwise,
  required,
  text,
  usually,
} from './codec.ts';
import { deletionPolicy } from './environment-details.ts';

const header = '# Written by Pressluft. A record of the observed state; never read as desired state.\n';

/** Incremented when a member or a reason changes its name; records without a version have the first. All versions are read. */
const statusVersion = 2;

export function statusPath(ref: string): string {
  return `status/${ref}.yaml`;
}

/** Maximum length of a record, below `maxDocumentBytes` in `load-recorded.ts` so that it can be read; a character may have three bytes. */
const maxLength = 160 * 1024;
const maxDetailLength = 1000;

/**
 * Text of a status document; equal documents have equal texts. Reports of nodes can be very long: if a record becomes too large,
 * the applied task and all details that are not short texts are omitted.
 */
export function renderStatus(status: StatusDocument): string {
  const whole = textOf(status);
  if (whole.length <= maxLength) return whole;
  const details = Object.entries(status.details).filter(([, value]) => isShort(value));
  return textOf({ ...status, applied: null, details: Object.fromEntries(details) });
}

function isShort(value: unknown): boolean {
  return typeof value === 'string' ? value.length <= maxDetailLength : typeof value !== 'object';
}

function textOf(status: StatusDocument): string {
  return `${header}${writeYaml(statusDocument.write(status) as Record<string, unknown>)}`;
}

/** Parses a status document; undefined if invalid, since people can write to the branch. */
export function parseStatus(written: string): StatusDocument | undefined {
  return statusDocument.read(readYaml(written));
}

const commit: Codec<CommitSha> = mapped(text, parseCommitSha, (value) => value);

const condition: Codec<Condition> = mapped(
  object({
    type: required(
      oneOf<ConditionType>(['Ready', 'Reconciling', 'Stalled', 'Drifted', 'Suspended', 'PartlyApplied']),
    ),
    status: required(oneOf(['True', 'False', 'Unknown'])),
    reason: otherwise(text, ''),
    message: otherwise(text, ''),
    nextStep: optional(text),
    notBefore: optional(text),
    timezone: optional(text),
    lastTransitionTime: otherwise(text, ''),
  }),
  (found) => ({ ...found, ...reasonWithMessage(found.reason, found.message) }),
  (value) => value,
);

const source = object({ file: otherwise(text, ''), observedRevision: usually(commit, null) });

/** Codec of status documents: on the status branch, and in a saved observation. */
export const statusDocument: Codec<StatusDocument> = mapped(
  object({
    apiVersion: optional(text),
    kind: required(oneOf(['Status'])),
    version: usually(number, 1),
    metadata: optional(json),
    resource: required(text),
    uid: required(text as unknown as Codec<Uid>),
    source: optional(source),
    appliedRevision: usually(commit, null),
    appliedDigest: usually(text as unknown as Codec<Digest>, null),
    protected: usually(flag, false),
    deletionPolicy: usually(deletionPolicy, null),
    /** Node of an environment. */
    node: usually(text, null),
    /** Provider of a node. */
    provider: usually(text, null),
    conditions: otherwise(list(condition), []),
    details: optional(json),
    applied: usually(json, null),
  }),
  // Copied member by member for speed: ten thousand of them are parsed at start.
  (found) => {
    const ref = parseResourceRef(found.resource)?.ref;
    if (ref === undefined) return undefined;
    return {
      ref,
      uid: found.uid,
      sourceFile: found.source?.file ?? '',
      observedRevision: found.source?.observedRevision ?? null,
      appliedRevision: found.appliedRevision,
      appliedDigest: found.appliedDigest,
      protected: found.protected,
      deletionPolicy: found.deletionPolicy,
      node: found.node,
      provider: found.provider,
      conditions: found.conditions,
      applied: found.applied,
      details: found.details ?? {},
    };
  },
  ({ ref, sourceFile, observedRevision, details, ...rest }) => ({
    ...rest,
    apiVersion: 'pressluft.dev/v1',
    kind: 'Status' as const,
    version: statusVersion,
    metadata: { name: ref.slice(ref.indexOf('/') + 1) },
    resource: ref,
    source: { file: sourceFile, observedRevision },
    ...(Object.keys(details).length === 0 ? {} : { details }),
  }),
);
