import type { Timeline } from './timeline.ts';

/** Longer than any time limit of Pressluft. */
const patienceMs = 24 * 3_600_000;

/** Advances virtual time until the promise settles, e.g. in a contract suite, where nothing else drives the world. */
export async function drive<T>(timeline: Timeline, work: Promise<T>, limitMs = patienceMs): Promise<T> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  // Its rejection is thrown below.
  work.then(end, end);
  await timeline.run(
    timeline.nowMs + limitMs,
    () => settled,
    () => undefined,
  );
  if (!settled) throw new Error(`nothing more happens, and it has not ended after ${timeline.nowMs} ms`);
  return work;
}
