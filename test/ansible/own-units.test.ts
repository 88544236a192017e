import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { environmentVariables } from './environment-variables.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let units: string;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(() => {
  units = mkdtempSync(join(tmpdir(), 'pressluft-units-'));
  return () => rmSync(units, { recursive: true, force: true });
});

/** What `call` prints, or the code of its error. */
const run = (call: string, environment: unknown = environmentVariables({})) =>
  python.run(
    `
import json, sys
from ansible.module_utils.pressluft import cache_server, database, database_socket, layout, own_units
from ansible.module_utils.pressluft.files import Files
from ansible.module_utils.pressluft.steps import StepError
layout.UNITS = ${JSON.stringify(units)}
# Made on a node only.
own_units.directories = lambda files, name, group: False
files, group, environment = Files(False), ("pl-acme", 994), json.load(sys.stdin)
try:
    print(${call})
except StepError as error:
    print("refused:", error.code, error.message)`,
    environment,
  );
const limits = (template: string) =>
  readFileSync(join(units, `${template}@acme-production.service.d/limits.conf`), 'utf8');
const withWorkers = (max_children: number, more = {}) => {
  const { php, ...rest } = environmentVariables(more) as { php: { pool: object } };
  return { ...rest, php: { ...php, pool: { ...php.pool, max_children } } };
};

describe.skipIf(process.getuid?.() !== 0)('the limits of an environment', () => {
  it('of its connections to the database are its workers and a few more, and its proxy has a user of its own', async () => {
    expect(await run('database_socket.ensure(environment, group, files)', withWorkers(8))).toBe('True\n');
    expect(limits('pressluft-database')).toBe(
      '[Service]\nUser=pressluft-database-994\nEnvironment=CONNECTIONS=18\nMemoryMax=50M\nCPUQuota=36%\n',
    );
    expect(await run('database_socket.ensure(environment, group, files)', withWorkers(8))).toBe('False\n');
    expect(await run('database_socket.shares()')).toBe("{'acme-production': 18}\n");
  });

  it('of all environments leave connections to root', async () => {
    const fill = (name: string, workers: number) =>
      run('database_socket.ensure(environment, group, files)', withWorkers(workers, { name }));
    for (let number = 0; number < 7; number++) expect(await fill(`shop-${number}`, 500)).toBe('True\n');
    expect(await fill('last', 321)).toMatch(/^refused: database_full 331 more .* 3570 of 3900\n$/);
    expect(await fill('last', 320)).toBe('True\n');
    expect(await fill('last', 300), 'an environment does not count against itself').toBe('True\n');
  });

  it('of its cache are those of its manifest, and more memory for what is not in the quota', async () => {
    const environment = withWorkers(8, { cache: { object: 'redis', memory_mib: 100 } });
    expect(await run('cache_server.ensure(environment, group, files)', environment)).toBe('True\n');
    expect(limits('pressluft-cache')).toBe(
      '[Service]\nUser=pressluft-cache-994\nEnvironment=CONNECTIONS=18\nEnvironment=MEMORY_MIB=100\nMemoryMax=232M\n',
    );
  });

  it.each(['100\nUser=root', '64mb', 9, true, 1e9])('of its cache cannot be %j', async (memory_mib) => {
    const environment = environmentVariables({ cache: { object: 'redis', memory_mib } });
    expect(await run('cache_server.ensure(environment, group, files)', environment)).toMatch(
      /^refused: invalid_value cache.memory_mib/,
    );
  });

  it.each([
    ['running', 'redis', 'True'],
    ['running', 'none', 'False'],
    ['stopped', 'redis', 'False'],
  ])('of a %s environment with the cache %s: a server is wanted: %s', async (state, object, wanted) => {
    const environment = environmentVariables({ state, cache: { object, memory_mib: 64 } });
    expect(await run('cache_server.is_wanted(environment)', environment)).toBe(`${wanted}\n`);
  });
});
