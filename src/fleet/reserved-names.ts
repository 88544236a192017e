/**
 * Names that no environment may have, with the reason: files, sections, sockets and units of a node are called `<name>`, `pressluft-<name>` or
 * `<name>.conf`, and these are the node's own. The node refuses the same names (`RESERVED_NAMES` in `layout.py`).
 */
export const reservedEnvironmentNames: Readonly<Record<string, string>> = {
  www: 'it is the pool of PHP-FPM that every node has (pool.d/www.conf)',
  idle: 'its socket would be that of the pool that every node has',
  global: 'it is the section of PHP-FPM for all pools',
  'pressluft-idle': 'it is the pool of PHP-FPM that every node has',
  'site-checks': 'it is a unit of the node (pressluft-site-checks.service)',
  'code-check': 'it is a unit of the node (pressluft-code-check.service)',
  default: 'nginx, PHP-FPM and Redis use it for what belongs to no site',
  localhost: 'it is the name of the node to itself (RFC 6761)',
};
