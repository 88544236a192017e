import { findCallSites } from '../call-sites/call-sites.ts';
import { pointText } from '../core/index.ts';
import { placeKey, type Survey, survey, unreachable } from '../run/crash-coverage.ts';
import { inThreads } from '../run/pool.ts';
import { scenarios } from '../run/scenarios.ts';
import type { Done, Task } from '../run/worker.ts';

const worker = new URL('../run/worker.ts', import.meta.url);

/**
 * Runs scenarios once for each instant at which the daemon can die: every one must end as it ends undisturbed. Prints how many places of
 * the sources were covered; returns what went wrong.
 */
export async function crashEverywhere(
  only: readonly string[] | null,
  say: (text: string) => void,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const surveys: Survey[] = [];
  for (const scenario of scenarios().filter(({ name }) => only === null || only.includes(name))) {
    const found = await survey(scenario);
    if (found.problem !== null) problems.push(`${scenario.name}, undisturbed: ${found.problem}`);
    surveys.push(found);
  }
  const total = surveys.reduce((sum, { points }) => sum + points.length, 0);
  const converged = new Set<string>();
  const started = performance.now();
  await inThreads<Task, Done>(worker, tasksOf(surveys), (done) => {
    if (done.kind !== 'crash') return;
    const text = `${done.scenario}: killed ${pointText(done.point)}`;
    if (done.problem === null) converged.add(text);
    else problems.push(`${text}: ${done.problem}`);
  });
  say(
    `\ncrash points: ${converged.size} of ${total} converge to the undisturbed end, ${((performance.now() - started) / 60_000).toFixed(1)} minutes`,
  );
  for (const { scenario, points } of surveys)
    say(`  ${scenario.name.padEnd(14)} ${String(points.length).padStart(5)}  ${scenario.about}`);
  return only === null ? [...problems, ...coverage(surveys, converged, say)] : problems;
}

function* tasksOf(surveys: readonly Survey[]): Generator<Task> {
  for (const { scenario, points, end } of surveys)
    for (const { site, nth, when } of points)
      yield { kind: 'crash', scenario: scenario.name, point: { site, nth, when }, end };
}

/** Each place counts twice: killed before the call, and after its effect. */
function coverage(
  surveys: readonly Survey[],
  converged: ReadonlySet<string>,
  say: (text: string) => void,
): readonly string[] {
  const reached = new Set<string>();
  for (const { scenario, points } of surveys)
    for (const point of points)
      if (point.place !== null && converged.has(`${scenario.name}: killed ${pointText(point)}`))
        reached.add(`${point.when} ${point.place}`);
  const total = 2 * findCallSites().length;
  const missed = placesMissed(reached);
  say(
    `crash-point coverage: ${total - missed.length} of ${total} (${total / 2} places that call a port, before and after)`,
  );
  for (const place of missed) say(`  missed ${place}: ${unreachable[placeKey(place)] ?? 'NOT EXPLAINED'}`);
  return missed
    .filter((place) => unreachable[placeKey(place)] === undefined)
    .map((place) => `no kill ${place}, and nothing says why`);
}

/** Places of which `before` or `after` is not among those that were reached. */
export function placesMissed(reached: ReadonlySet<string>): readonly string[] {
  return findCallSites()
    .flatMap(({ id }) => [`before ${id}`, `after ${id}`])
    .filter((place) => !reached.has(place));
}
