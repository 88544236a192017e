import type { FieldChange } from '../fleet/plan.ts';
import { type Reason, readReason } from '../fleet/reasons.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { StepStatus } from '../fleet/run.ts';
import { type Fields, readYaml, recordOf, textAt } from './read-yaml.ts';

/** A run record: `runs/<yyyy-mm>/<id>.yaml` of the status branch. */
export interface RecordedRun {
  readonly id: string;
  readonly revision: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly interrupted: boolean;
  readonly results: readonly RecordedResult[];
  readonly steps: readonly RecordedStep[];
}

export interface RecordedResult {
  readonly action: string;
  readonly kind: string;
  readonly resource: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  /** Null in runs of earlier versions. */
  readonly reason: Reason | null;
  readonly changes: readonly FieldChange[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface RecordedStep {
  readonly name: string;
  readonly resource: string;
  readonly status: StepStatus;
  readonly durationMs: number;
  readonly message: string | null;
}

/** Undefined for an invalid run record: people can write to the branch. */
export function readRun(text: string): RecordedRun | undefined {
  const document = readYaml(text);
  const id = textAt(recordOf(document.metadata), 'name');
  const [startedAt, endedAt] = [textAt(document, 'startedAt'), textAt(document, 'endedAt')];
  if (document.kind !== 'Run' || id === null || !isTime(startedAt) || !isTime(endedAt)) return undefined;
  return {
    id,
    revision: textAt(document, 'revision') ?? '',
    startedAt,
    endedAt,
    interrupted: document.interrupted === true,
    results: listAt(document, 'results').flatMap(readResult),
    steps: listAt(document, 'steps').flatMap(readStep),
  };
}

const outcomes = ['succeeded', 'failed', 'cancelled'] as const;

function readResult(raw: Fields): readonly RecordedResult[] {
  const resource = textAt(raw, 'resource') ?? '';
  const outcome = outcomes.find((known) => known === raw.outcome);
  if (outcome === undefined || parseResourceRef(resource) === undefined) return [];
  const error = recordOf(raw.error);
  const code = textAt(error, 'code');
  return [
    {
      action: textAt(raw, 'action') ?? '',
      kind: textAt(raw, 'kind') ?? '',
      resource,
      outcome,
      reason: readReason(textAt(raw, 'reason') ?? '') ?? null,
      changes: listAt(raw, 'changes').slice(0, maxChanges).flatMap(readChange),
      error:
        code === null ? null : { code, message: textAt(error, 'message') ?? '', hint: textAt(error, 'hint') },
    },
  ];
}

/** More than a run records. */
const maxChanges = 100;

function readChange(raw: Fields): readonly FieldChange[] {
  const field = textAt(raw, 'field');
  return field === null ? [] : [{ field, before: raw.before ?? null, after: raw.after ?? null }];
}

const statuses = ['running', 'ok', 'changed', 'failed', 'skipped'] as const;

function readStep(raw: Fields): readonly RecordedStep[] {
  const resource = textAt(raw, 'resource') ?? '';
  const status = statuses.find((known) => known === raw.status);
  if (status === undefined) return [];
  const { durationMs: written } = raw;
  const durationMs = typeof written === 'number' && written >= 0 && Number.isFinite(written) ? written : 0;
  return [{ name: textAt(raw, 'name') ?? '', resource, status, durationMs, message: textAt(raw, 'message') }];
}

function listAt(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key];
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function isTime(text: string | null): text is string {
  return text !== null && !Number.isNaN(Date.parse(text));
}
