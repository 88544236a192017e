import type { RecordedDuration } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import { countAt, type Fields, readYaml, recordOf, textAt } from './read-yaml.ts';

/** Durations of the actions of one run that succeeded and changed something; failures and unchanged ones do not predict the next run. */
export function parseDurations(text: string): readonly RecordedDuration[] {
  const { kind, results } = readYaml(text);
  if (kind !== 'Run' || !Array.isArray(results)) return [];
  return results.map(recordOf).flatMap(durationOf);
}

function durationOf(result: Fields): readonly RecordedDuration[] {
  const [kind, resource] = [textAt(result, 'kind'), textAt(result, 'resource')];
  const durationMs = countAt(result, 'durationMs');
  const ref = parseResourceRef(resource ?? '')?.ref;
  if (result.outcome !== 'succeeded' || result.changed !== true) return [];
  return kind === null || ref === undefined || durationMs === null
    ? []
    : [{ kind, resource: ref, durationMs }];
}

const maxOfOne = 20;

/** The newest durations of each kind and resource; `durations` must be newest first. */
export function newestOfEach(durations: readonly RecordedDuration[]): readonly RecordedDuration[] {
  const seen = new Map<string, number>();
  return durations.filter(({ kind, resource }) => {
    const key = `${kind} ${resource}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= maxOfOne;
  });
}
