import { expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import { causeOf } from '../../src/plan/cause.ts';
import { desiredEnvironment, desiredFleet, environmentRef, nodeRef } from '../support/fleet-builders.ts';

const environment = environmentRef('acme');

/** The requested positions; each has its own line. */
function asked(ref: ResourceRef, ...fields: readonly string[]): string | undefined {
  const places: string[] = [];
  const desired = {
    ...desiredFleet({ environments: [desiredEnvironment('acme')] }),
    locate: (of: ResourceRef, pointer: string) => {
      places.push(`${of} ${pointer}`);
      return { file: 'a.yaml', line: places.length, column: 1 };
    },
  };
  const cause = causeOf(
    desired,
    ref,
    fields.map((field) => ({ field, before: 1, after: 2 })),
  );
  return cause === null ? undefined : places[cause.line - 1];
}

test.each([
  ['title', '/spec/title'],
  ['admin_email', '/spec/adminEmail'],
  ['deletion_policy', '/spec/deletionPolicy'],
  ['site_url', '/spec/domains/primary'],
  ['hosts.redirects', '/spec/domains/redirects'],
  ['hosts.preview', '/spec/node'],
  ['php.memory_limit', '/spec/php/memoryLimit'],
  ['php.pool.max_children', '/spec/php/pool/maxChildren'],
  ['php.pool.idle_timeout_seconds', '/spec/php/pool/idleTimeout'],
  ['php.ini.max_execution_time', '/spec/php/ini/max_execution_time'],
  ['php.ini.opcache.memory_consumption', '/spec/php/ini/opcache.memory_consumption'],
  ['wordpress.version', '/spec/wordpress/version'],
  ['wordpress.sha256', '/spec/wordpress/version'],
  ['wordpress.active_theme', '/spec/wordpress/activeTheme'],
  ['wordpress.constants.WP_DEBUG', '/spec/wordpress/constants/WP_DEBUG'],
  ['wordpress.plugins.my_plugin.version', '/spec/wordpress/plugins/my_plugin'],
  ['nginx.max_body_bytes', '/spec/nginx/clientMaxBodySize'],
  ['nginx.headers.X-Frame-Options', '/spec/nginx/headers/X-Frame-Options'],
  ['nginx.locations', '/spec/nginx/locations'],
  ['access.basic_auth.password_hash', '/spec/access/basicAuth/passwordHash'],
])('a change of %s has its cause at %s', (field, pointer) => {
  expect(asked(environment, field)).toBe(`environment/acme ${pointer}`);
});

test.each([
  ['php_versions', 'node/web-1 /spec/php/versions'],
  ['swap_mib', 'node/web-1 /spec/swap'],
  ['wp_cli.version', 'pressluft/demo /spec/artifacts/wpCli'],
  ['php_apt_source', 'pressluft/demo /spec/phpAptSource'],
])('a change of %s of a node is caused by %s', (field, place) => {
  expect(asked(nodeRef('web-1'), field)).toBe(place);
});

test('of several changes the riskiest one is the cause', () => {
  expect(asked(environment, 'php.memory_limit', 'wordpress.version', 'title')).toBe(
    'environment/acme /spec/wordpress/version',
  );
});

test('without a changed field the manifest itself is the cause', () => {
  expect(asked(environment)).toBe('environment/acme ');
});
