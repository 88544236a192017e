import type { Run } from '../fleet/run.ts';
import { writeYaml } from './write-yaml.ts';

/** A record is for people and audit; the full timeline is in the store. */
const maxSteps = 200;

export function runPath(run: Run): string {
  return `runs/${runMonth(run)}/${run.id}.yaml`;
}

/** Folder of a run's record, e.g. 2026-01. */
export function runMonth({ startedAt }: Run): string {
  return startedAt.slice(0, 7);
}

export function renderRun(run: Run): string {
  const document = {
    apiVersion: 'pressluft.dev/v1',
    kind: 'Run',
    metadata: { name: run.id },
    revision: run.commit,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    ...(run.interrupted === true ? { interrupted: true } : {}),
    results: run.results,
    steps: run.steps
      .filter((step) => step.status !== 'running')
      .slice(-maxSteps)
      .map(({ startedAt: _, ...step }) => ({
        ...step,
        durationMs: Math.round(step.durationMs),
      })),
  };
  return `# Written by Pressluft.\n${writeYaml(document)}`;
}
