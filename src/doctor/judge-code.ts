import type { ObservedCode } from '../fleet/observed-site.ts';
import { ok, skip, type Verdict, warn } from './report.ts';

const maxPaths = 5;

/** The full check of the code on a node, by environment; null for one whose code was not compared. */
export function judgeCode(found: ReadonlyMap<string, ObservedCode | null>): Verdict {
  const compared = [...found].flatMap(([name, code]) => (code === null ? [] : [{ name, code }]));
  if (compared.length === 0) return skip('no environment whose code could be compared');
  const different = compared.filter(({ code }) => !code.intact);
  if (different.length === 0) {
    const count = `${compared.length} ${compared.length === 1 ? 'environment' : 'environments'}`;
    return ok(`the code of ${count} is as in its artifacts`);
  }
  const words = different.map(({ name, code }) => {
    const more = code.paths.length > maxPaths ? ', …' : '';
    return `environment/${name}: ${code.paths.slice(0, maxPaths).join(', ')}${more}`;
  });
  return warn(
    `code differs from its artifacts: ${words.join('; ')}`,
    'The next pass replaces it. Find out who changes files as root before it happens again.',
  );
}
