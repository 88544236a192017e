import { isAbsolute, relative, sep } from 'node:path';
import type { CliContext } from './context.ts';

/**
 * Where `dir` is in the checkout that a forge shows, with a slash at its end; empty for the root of it. The checkout is the
 * one that the CI system names, otherwise the current directory.
 */
export function prefixInCheckout({ env, cwd }: Pick<CliContext, 'env' | 'cwd'>, dir: string): string {
  for (const root of [env.GITHUB_WORKSPACE, env.CI_PROJECT_DIR, cwd]) {
    if (root === undefined || root === '') continue;
    const path = relative(root, dir);
    if (path === '') return '';
    if (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path))
      return `${path.split(sep).join('/')}/`;
  }
  return '';
}
