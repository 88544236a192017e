import type { CommitSha, Digest, Uid } from '../fleet/brand.ts';
import { parseCommitSha } from '../fleet/brand.ts';
import { deletionPolicies } from '../fleet/desired.ts';
import type { Condition, ConditionType, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import { readYaml, textAt } from './read-yaml.ts';
import { writeYaml } from './write-yaml.ts';

const header = '# Written by Pressluft. A record of what was found; never read as desired state.\n';

export function statusPath(ref: string): string {
  return `status/${ref}.yaml`;
}

/** Longest text of a record, so that it is read back: see `maxDocumentBytes` in `load-recorded.ts`; a character may have three bytes. */
const maxLength = 160 * 1024;
const maxDetailLength = 1000;

/**
 * Text of a status document; equal documents have equal texts. What a node says about itself may be endless: where it is too much
 * for a record, what was applied and the details that are no short texts are left out.
 */
export function renderStatus(status: StatusDocument): string {
  const text = renderWhole(status);
  if (text.length <= maxLength) return text;
  const details = Object.entries(status.details).filter(([, value]) => isShort(value));
  return renderWhole({ ...status, applied: null, details: Object.fromEntries(details) });
}

function isShort(value: unknown): boolean {
  return typeof value === 'string' ? value.length <= maxDetailLength : typeof value !== 'object';
}

function renderWhole(status: StatusDocument): string {
  const [, name = ''] = status.ref.split('/');
  const document = {
    apiVersion: 'pressluft.dev/v1',
    kind: 'Status',
    metadata: { name },
    resource: status.ref,
    uid: status.uid,
    source: { file: status.sourceFile, ...given('observedRevision', status.observedRevision) },
    ...given('appliedRevision', status.appliedRevision),
    ...given('appliedDigest', status.appliedDigest),
    ...(status.protected ? { protected: true } : {}),
    ...given('deletionPolicy', status.deletionPolicy),
    ...given('node', status.node),
    ...given('provider', status.provider),
    conditions: status.conditions,
    ...(Object.keys(status.details).length === 0 ? {} : { details: status.details }),
    ...given('applied', status.applied),
  };
  return `${header}${writeYaml(document)}`;
}

function given(key: string, value: unknown): Record<string, unknown> {
  return value === null ? {} : { [key]: value };
}

/** Reads a status document back; undefined when it is not one, since the branch is open to people. */
export function parseStatus(text: string): StatusDocument | undefined {
  const document = readYaml(text);
  const parsed = parseResourceRef(textAt(document, 'resource') ?? '');
  const uid = textAt(document, 'uid');
  if (parsed === undefined || uid === null || document.kind !== 'Status') return undefined;
  const source = recordAt(document, 'source');
  const policy = textAt(document, 'deletionPolicy');
  return {
    ref: parsed.ref,
    uid: uid as Uid,
    sourceFile: textAt(source, 'file') ?? '',
    observedRevision: revision(textAt(source, 'observedRevision')),
    appliedRevision: revision(textAt(document, 'appliedRevision')),
    appliedDigest: textAt(document, 'appliedDigest') as Digest | null,
    protected: document.protected === true,
    deletionPolicy: deletionPolicies.find((candidate) => candidate === policy) ?? null,
    node: textAt(document, 'node'),
    provider: textAt(document, 'provider'),
    applied: 'applied' in document ? recordAt(document, 'applied') : null,
    conditions: Array.isArray(document.conditions) ? document.conditions.flatMap(parseCondition) : [],
    details: recordAt(document, 'details'),
  };
}

const types: ReadonlySet<string> = new Set<ConditionType>(['Ready', 'Reconciling', 'Stalled', 'Drifted']);

function parseCondition(raw: unknown): readonly Condition[] {
  const record = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  const type = textAt(record, 'type');
  const status = textAt(record, 'status');
  if (type === null || !types.has(type) || (status !== 'True' && status !== 'False' && status !== 'Unknown'))
    return [];
  const nextStep = textAt(record, 'nextStep');
  const [notBefore, timezone] = [textAt(record, 'notBefore'), textAt(record, 'timezone')];
  return [
    {
      type: type as ConditionType,
      status,
      reason: textAt(record, 'reason') ?? '',
      message: textAt(record, 'message') ?? '',
      ...(nextStep === null ? {} : { nextStep }),
      ...(notBefore === null ? {} : { notBefore }),
      ...(timezone === null ? {} : { timezone }),
      lastTransitionTime: textAt(record, 'lastTransitionTime') ?? '',
    },
  ];
}

function recordAt(record: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = record[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function revision(text: string | null): CommitSha | null {
  return text === null ? null : (parseCommitSha(text) ?? null);
}
