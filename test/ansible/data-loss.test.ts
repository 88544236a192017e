import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ansibleRoot } from '../../src/main/paths.ts';
import { environmentVariables } from './environment-variables.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let node: string;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(() => {
  node = mkdtempSync(join(tmpdir(), 'pressluft-data-loss-'));
  return () => rmSync(node, { recursive: true, force: true });
});

const name = 'acme-production';
const coreTables = [
  ...['wp_options', 'wp_users', 'wp_usermeta', 'wp_posts', 'wp_postmeta', 'wp_terms', 'wp_term_taxonomy'],
  ...['wp_term_relationships', 'wp_comments'],
];
const installed = {
  tables: coreTables,
  options: [
    ['siteurl', 'http://acme.example'],
    ['blogname', 'Acme'],
  ],
  users: [[1]],
};

interface Node {
  readonly record?: object | null;
  readonly tables?: readonly string[];
  readonly options?: readonly (readonly string[])[];
  readonly users?: readonly unknown[];
  readonly uploads?: boolean;
  /** Who MariaDB does not let in. */
  readonly refused?: readonly string[];
  readonly task?: object;
}

/** The first phase of a converge on a node in a directory: its error, and what it would have made, in order. */
async function firstPhase(
  given: Node,
): Promise<{ error: { code: string; message: string } | null; made: string[] }> {
  const { record = { uid: 'uid-1', digest: 'sha256:0', spec: { name } }, uploads = true, task = {} } = given;
  const put = (path: string, content: unknown) => {
    mkdirSync(dirname(join(node, path)), { recursive: true });
    writeFileSync(join(node, path), JSON.stringify(content));
  };
  if (record !== null) put(`etc/environments/${name}.json`, record);
  put(`etc/secrets/${name}.json`, { uid: 'uid-1', database_password: 'x' });
  mkdirSync(join(node, `srv/${name}/shared${uploads ? '/uploads' : ''}`), { recursive: true });
  const text = await python.run(
    `
import importlib.util, json, sys, types
basic = types.ModuleType("ansible.module_utils.basic")
basic.AnsibleModule = None
sys.modules["ansible.module_utils.basic"] = basic
from ansible.module_utils.pressluft import accounts, arguments, database, layout, site_secrets
from ansible.module_utils.pressluft.steps import Progress, StepError
layout.ROOT, layout.STATE = ${JSON.stringify(`${node}/srv`)}, ${JSON.stringify(`${node}/etc`)}
value = json.load(sys.stdin)
environment = value["environment"]
made = []
class Connection:
    def __init__(self, user): self.user = user
    def close(self): pass
def connect(user="root", *rest, **more):
    if user in value["refused"]:
        raise StepError("mariadb_unreachable", "no answer for " + user)
    return Connection(user)
def query(connection, statement, parameters=()):
    if "information_schema" in statement:
        schema = environment["database"]
        return [(schema, table) if "table_schema, table_name" in statement else (table,) for table in value["tables"] if f"'{table}'" in statement]
    assert connection.user != "root", "root reads no table of a site"
    return value["users"] if "wp_users" in statement else value["options"]
database.connect, database.query = connect, query
site_secrets.ensure = lambda environment, files: made.append("secrets") or True
accounts.check_free = lambda environment: None
accounts.missing = lambda environments: environments
accounts.create = lambda environments: made.extend("account" for _ in environments) or ""
accounts.directories = lambda environment, files: made.append("directories") or True
own = Progress(environment["name"])
module = types.SimpleNamespace(check_mode=False)
arguments.environment_module = lambda **extra: (module, [environment], {environment["name"]: own}, None)
spec = importlib.util.spec_from_file_location("phase", ${JSON.stringify(join(ansibleRoot, 'library/pressluft_environment_accounts.py'))})
phase = importlib.util.module_from_spec(spec)
spec.loader.exec_module(phase)
phase.finish = lambda *rest: None
phase.may_change = lambda environment: False
phase.main()
print(json.dumps({"error": own.error, "made": made}))`,
    {
      ...installed,
      refused: [],
      ...given,
      environment: { ...(environmentVariables({}) as object), ...task },
    },
  );
  return JSON.parse(text) as Awaited<ReturnType<typeof firstPhase>>;
}

const everything = ['secrets', 'account', 'directories'];

it.each<[string, Node, string]>([
  ['has no table', { tables: [] }, 'WordPress in database pl_acme'],
  ['has no table of users', { tables: ['wp_options'] }, 'WordPress in database pl_acme'],
  ['has an empty table of users', { users: [] }, 'WordPress in database pl_acme'],
  [
    'has no posts any more',
    { tables: coreTables.filter((table) => table !== 'wp_posts') },
    'WordPress in database pl_acme',
  ],
  ['has no address of the site', { options: [['blogname', 'Acme']] }, 'WordPress in database pl_acme'],
  ['is gone with its user', { tables: [], refused: ['pl_acme'] }, 'WordPress in database pl_acme'],
  ['is there, and its uploads are not', { uploads: false }, `${name}/shared/uploads`],
  [
    'is gone after it was retained',
    { tables: [], record: { uid: 'uid-1', digest: '', spec: { name }, retained: true } },
    'WordPress',
  ],
  [
    'is gone, while another uid may adopt it',
    { tables: [], task: { uid: 'uid-2', adopt: true } },
    'WordPress',
  ],
])(
  'fails with data_missing, before anything is made, when the database of an applied environment %s',
  async (_, given, words) => {
    const { error, made } = await firstPhase(given);
    expect(error?.code).toBe('data_missing');
    expect(error?.message).toContain(words);
    expect(error?.message).toContain('nothing was changed');
    expect(made).toEqual([]);
  },
);

it.each<[string, Node]>([
  ['has its data', {}],
  ['was never recorded, and MariaDB does not answer', { record: null, refused: ['root'] }],
  ['was never recorded', { record: null, tables: [], uploads: false }],
  [
    'was retained before it was complete',
    { record: { uid: 'uid-1', digest: '', retained: true }, tables: [], uploads: false },
  ],
  ['lost its data, which a person has accepted', { tables: [], uploads: false, task: { accept_loss: true } }],
  // The later phase that needs its user makes it again.
  ['lost only the user of its database', { refused: ['pl_acme'] }],
])('continues when an environment %s', async (_, given) => {
  expect(await firstPhase(given)).toEqual({ error: null, made: everything });
});

it('makes nothing of an applied environment while nobody can say whether its database is there', async () => {
  expect(await firstPhase({ refused: ['root'] })).toMatchObject({
    error: { code: 'mariadb_unreachable' },
    made: [],
  });
});
