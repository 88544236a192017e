import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import rules from '../../src/manifest/kinds/environment/setting-rules.json' with { type: 'json' };
import { constantFault, phpIniFault } from '../../src/manifest/kinds/environment/setting-rules.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

type Case = readonly [target: 'ini' | 'constant', name: string, value: string | number | boolean];

const allowed = ['newrelic.appname', 'WP_SENTRY_ENV', 'open_basedir', 'DB_HOST', 'opcache.file_cache'];

async function nodeVerdicts(cases: readonly Case[]): Promise<unknown> {
  const script = `
import json, sys
from ansible.module_utils.pressluft.settings import constant_fault, ini_fault
judges = {"ini": ini_fault, "constant": constant_fault}
cases, allowed = json.load(sys.stdin)
print(json.dumps([judges[target](name, value, allowed) for target, name, value in cases]))
`;
  return JSON.parse(await python.run(script, [cases, allowed]));
}

/** A misspelling is allowed: only its author can know. */
function controllerVerdicts(cases: readonly Case[]): (string | null)[] {
  return cases.map(([target, name, value]) => {
    const fault = target === 'ini' ? phpIniFault(name, value, allowed) : constantFault(name, value, allowed);
    return fault === undefined || fault.kind === 'misspelt' ? null : fault.kind;
  });
}

const values = [
  ...[
    '64M',
    '64MB',
    '64m',
    '1K',
    '2G',
    '3G',
    '0',
    '1',
    '-1',
    '60',
    '60s',
    '007',
    '1e3',
    ' 60',
    '60\n',
    'five',
    '',
  ],
  ...[
    'on',
    'Off',
    'ON',
    'true',
    'false',
    'Lax',
    'GPCS',
    'theme',
    'UTC',
    'Europe/Vienna',
    'Vienna',
    'europe/vienna',
  ],
  ...[
    'a b',
    'ü',
    '\u{1f600}',
    '"',
    '$' + '{PATH}',
    '\\',
    'text/html',
    'a@b.example',
    '/wp/',
    'x'.repeat(1001),
  ],
  ...[0, -0, 1, -1, 60, 64, 5000, 67_108_864, 1.5, 2 ** 53, 1e21, -1e21, true, false],
];
const names = {
  ini: [
    ...Object.keys(rules.ini.known),
    ...rules.ini.refused,
    ...rules.ini.refusedPrefixes.map((prefix) => `${prefix}x`),
    ...['memory_limit', 'MEMORY_LIMIT', 'Open_Basedir', 'newrelic.appname', 'unknown', 'Display_Errors', ''],
  ],
  constant: [
    ...Object.keys(rules.constants.known),
    ...rules.constants.managed,
    ...rules.constants.managedPrefixes.map((prefix) => `${prefix}X`),
    ...[
      'AUTH_KEY',
      'A_TOKEN',
      'TOKEN',
      'MONKEY',
      'SHOP_TITLE',
      'WP_SENTRY_ENV',
      'WP_OTHER',
      'shop_title',
      '_A',
      '',
    ],
  ],
};

describe('a setting of PHP or a constant', () => {
  it('is judged by the controller and by the node alike, for every known name and every kind of value', async () => {
    const cases = (['ini', 'constant'] as const).flatMap((target) =>
      names[target].flatMap((name) => values.map((value): Case => [target, name, value])),
    );
    const verdicts = controllerVerdicts(cases);
    expect(new Set(verdicts)).toEqual(new Set([null, 'refused', 'unknown', 'value']));
    const found = (await nodeVerdicts(cases)) as readonly unknown[];
    expect(cases.filter((_, place) => found[place] !== verdicts[place])).toEqual([]);
  });

  it('is judged alike whatever its name and value are', async () => {
    const name = fc.oneof(
      fc.constantFrom(...names.ini, ...names.constant),
      fc.string({ unit: fc.constantFrom(...'abWP_.DEKY0ü\n'), maxLength: 12 }),
    );
    const piece = fc.constantFrom(...'0159KMGkmgB-+. sonf/_aZ"\nü');
    const value = fc.oneof(
      fc.constantFrom(...values),
      fc.string({ unit: piece, maxLength: 6 }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    );
    const cases = fc.sample(fc.tuple(fc.constantFrom('ini' as const, 'constant' as const), name, value), {
      numRuns: 8000,
      seed: 7,
    });
    const found = (await nodeVerdicts(cases)) as readonly unknown[];
    const verdicts = controllerVerdicts(cases);
    expect(cases.filter((_, place) => found[place] !== verdicts[place])).toEqual([]);
  });

  it('is judged by the same list on both sides', async () => {
    const script = `
import json
from ansible.module_utils.pressluft.setting_rules import RULES
print(json.dumps(RULES))
`;
    expect(JSON.parse(await python.run(script))).toEqual(rules);
  });
});
