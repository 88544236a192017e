import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import { environmentNames, previewHost } from '../../src/fleet/naming.ts';
import { reservedEnvironmentNames } from '../../src/fleet/reserved-names.ts';
import { environmentVariables } from './environment-variables.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let root: string;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-claims-'));
  mkdirSync(join(root, 'nginx/sites'), { recursive: true });
  mkdirSync(join(root, 'state/environments'), { recursive: true });
  return () => rmSync(root, { recursive: true, force: true });
});

interface Hosts {
  readonly primary?: string;
  readonly aliases?: readonly string[];
  readonly redirects?: readonly { readonly from: string; readonly to: string }[];
}

/** An environment of a run, as far as its names go. */
function wanted(name: string, hosts: Hosts = {}, names: Readonly<Record<string, string>> = {}) {
  const { unixUser, database, databaseUser, redisUser, redisPrefix } = environmentNames(
    name as EnvironmentName,
  );
  return {
    name,
    state: 'running',
    unix_user: unixUser,
    database,
    database_user: databaseUser,
    redis_user: redisUser,
    redis_prefix: redisPrefix,
    hosts: { preview: previewHost(name as EnvironmentName, '203.0.113.5', 'sslip.io'), ...hosts },
    access: { noindex: false, basic_auth: null },
    php: { version: '8.2', pool: {} },
    nginx: environmentVariables({}).nginx,
    ...names,
  };
}

type Wanted = ReturnType<typeof wanted>;

const modules = () => `
import json, sys
from ansible.module_utils.pressluft import accounts, claims, layout, vhost
from ansible.module_utils.pressluft.steps import StepError
layout.NGINX = ${JSON.stringify(join(root, 'nginx'))}
layout.STATE = ${JSON.stringify(join(root, 'state'))}
given = json.load(sys.stdin)
`;

/** Makes environments live, with a record. */
async function live(...environments: readonly Wanted[]): Promise<void> {
  const rendered = await python.run(
    `${modules()}print(json.dumps([vhost.render(environment) for environment in given]))`,
    environments,
  );
  for (const [at, text] of (JSON.parse(rendered) as readonly string[]).entries()) {
    const { name } = environments[at] as Wanted;
    writeFileSync(join(root, `nginx/sites/${name}.conf`), text);
    writeFileSync(
      join(root, `state/environments/${name}.json`),
      JSON.stringify({ name, spec: environments[at] }),
    );
  }
}

async function taken(...environments: readonly Wanted[]): Promise<Readonly<Record<string, string>>> {
  const printed = await python.run(`${modules()}print(json.dumps(claims.taken(given)))`, environments);
  return JSON.parse(printed) as Record<string, string>;
}

describe('a converge refuses a host name', () => {
  const bakery = wanted('bakery', {
    primary: 'bakery.example',
    aliases: ['www.bakery.example'],
    redirects: [
      { from: 'old.example', to: 'https://bakery.example/' },
      { from: '/a', to: '/b' },
    ],
  });

  it.each([
    ['bakery.example', { primary: 'bakery.example' }],
    ['www.bakery.example', { primary: 'thief.example', aliases: ['www.bakery.example'] }],
    ['old.example', { redirects: [{ from: 'old.example', to: 'https://thief.example/' }] }],
    ['bakery.203-0-113-5.sslip.io', { primary: 'bakery.203-0-113-5.sslip.io' }],
  ])('that nginx serves for another environment: %s', async (host, hosts) => {
    await live(bakery);
    expect(await taken(wanted('thief', hosts))).toEqual({
      thief: `host name ${host} belongs to environment bakery on this node`,
    });
  });

  it('that two new environments of the run claim, to both', async () => {
    const found = await taken(bakery, wanted('thief', { primary: 'bakery.example' }), wanted('pub'));
    expect(Object.keys(found)).toEqual(['bakery', 'thief']);
  });

  it('to the newcomer only, if the other one of the run has it already', async () => {
    await live(bakery);
    const found = await taken(wanted('thief', { primary: 'bakery.example' }), bakery);
    expect(Object.keys(found)).toEqual(['thief']);
  });

  it('that is the preview host of another one, also if it is live: the rightful one is not refused', async () => {
    const thief = wanted('thief', { primary: 'bakery.203-0-113-5.sslip.io' });
    await live(thief);
    expect(await taken(bakery)).toEqual({});
    expect(Object.keys(await taken(bakery, thief))).toEqual(['thief']);
  });

  it('but not one that the other environment gives up in the same run', async () => {
    await live(bakery);
    expect(await taken(wanted('bakery'), wanted('new', { primary: 'bakery.example' }))).toEqual({});
  });
});

describe('a converge refuses names on the node', () => {
  it.each(['unix_user', 'database', 'database_user', 'redis_user', 'redis_prefix'])(
    'that belong to another environment: %s',
    async (kind) => {
      const victim = wanted('victim');
      await live(victim);
      const thief = wanted('thief', {}, { [kind]: String(victim[kind as keyof Wanted]) });
      expect(await taken(thief, victim)).toEqual({
        thief: `${kind} ${victim[kind as keyof Wanted]} belongs to environment victim on this node`,
      });
      expect(await taken(thief)).toEqual(await taken(thief, victim));
    },
  );

  it('that two new environments of one run share, before an account exists', async () => {
    const names = { unix_user: 'pl-same' };
    expect(Object.keys(await taken(wanted('one', {}, names), wanted('two', {}, names)))).toEqual([
      'one',
      'two',
    ]);
  });
});

it('the reserved names of the node are those that validate refuses', async () => {
  const printed = await python.run(`${modules()}print(json.dumps(sorted(layout.RESERVED_NAMES)))`);
  expect(JSON.parse(printed)).toEqual(Object.keys(reservedEnvironmentNames).sort());
});

it('an environment with a reserved name is refused before it has an account', async () => {
  const script = `${modules()}
for environment in given:
    try:
        accounts.check_free(environment)
        print("accepted")
    except StepError as error:
        print(error.code)`;
  expect(await python.run(script, [wanted('www'), wanted('www-acme')])).toBe('invalid_value\naccepted\n');
});

it('names of any length that a manifest can have are names that the node takes', async () => {
  const lengths = Array.from({ length: 63 }, (_, at) =>
    wanted(`${'a-'.repeat(at >> 1)}${'b'.repeat((at % 2) + 1)}`),
  );
  const script = `${modules()}
for environment in given:
    layout.check_identity({key: value for key, value in environment.items() if key != "state"})
print(len(given))`;
  expect(await python.run(script, lengths)).toBe('63\n');
});

it('a database whose name does not fit into a grant is refused', async () => {
  const script = `${modules()}
try:
    layout.check_identity(given)
except StepError as error:
    print(error.message)`;
  const long = wanted('shop', {}, { database: 'a_'.repeat(30) });
  expect(await python.run(script, long)).toContain('is too long for a grant');
});
