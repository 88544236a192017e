import { expect, test } from 'vitest';
import { prefixInCheckout } from '../../src/cli/validate-render.ts';

test.each([
  [{ GITHUB_WORKSPACE: '/ci/repo' }, '/ci/repo/fleet', '/ci/repo/fleet', 'fleet/'],
  [{ GITHUB_WORKSPACE: '/ci/repo' }, '/ci/repo', '/ci/repo', ''],
  [{ CI_PROJECT_DIR: '/ci/repo' }, '/ci/repo', '/ci/repo/a/b', 'a/b/'],
  [{ GITHUB_WORKSPACE: '/elsewhere' }, '/ci/repo', '/ci/repo/fleet', 'fleet/'],
  [{}, '/home/me/repo', '/home/me/repo/fleet', 'fleet/'],
  [{}, '/home/me/repo/fleet', '/home/me/repo', ''],
  [{}, '/home/me/repo', '/home/me/repo/..fleet', '..fleet/'],
])('with %j in %s, %s is at %j', (env, cwd, dir, prefix) => {
  expect(prefixInCheckout({ env, cwd }, dir)).toBe(prefix);
});
