import { describe, expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import {
  type Diagnostic,
  limits,
  renderDiagnosticsJson,
  renderDiagnosticsText,
} from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet, textFile } from './fleet-fixture.ts';

const path = 'environments/staging.yaml';
const head = 'apiVersion: pressluft.dev/v1\nkind: Environment\nmetadata: { name: acme-staging }\n';
const spec = 'spec:\n  site: acme\n  node: web-1\n  type: staging\n';

function diagnose(text: string): readonly Diagnostic[] {
  return load(fleetWith({ [path]: text })).diagnostics;
}

function places(text: string): string[] {
  return diagnose(text).map(({ code, line, column }) => `${code} ${line}:${column}`);
}

describe('text', () => {
  test('a byte order mark and CRLF line ends are read like any other file', () => {
    const text = `\ufeff${head}${spec}  nginx:\n    serverSnippet: |\n      a;\n      b;\n`.replaceAll(
      '\n',
      '\r\n',
    );
    const { fleet, diagnostics } = load(fleetWith({ [path]: text }));
    expect(diagnostics).toEqual([]);
    const environment = fleet?.environments.get('acme-staging' as EnvironmentName);
    expect(environment?.nginx.serverSnippet).toBe('a;\nb;\n');
  });

  test('positions do not count the byte order mark or carriage returns', () => {
    expect(places(`\ufeff${head}spec: { type: stagging }\n`.replaceAll('\n', '\r\n'))).toContain(
      'PL1033 4:15',
    );
    expect(diagnose(`${head}spec: { type: stagging }\r\n`).at(-1)?.excerpt).not.toContain('␍');
  });

  test('columns are counted in code points', () => {
    expect(places(`${head}spec: { site: acme, node: web-1, type: staging, x: "🚀🚀", y: 1 }\n`)).toContain(
      'PL1030 4:58',
    );
  });

  test('every string of every document is checked for template markers', () => {
    const marker = "{{ lookup('pipe','id') }}";
    for (const [file, text] of Object.entries(soundFleet)) {
      const scalars = [...text.matchAll(/(?<=[:[] ?)[A-Za-z0-9"][A-Za-z0-9./@"-]*(?=[\s,\]}])/g)];
      expect(scalars.length).toBeGreaterThan(3);
      for (const { index, 0: scalar } of scalars) {
        const bad = `${text.slice(0, index)}"${marker}"${text.slice(index + scalar.length)}`;
        const { fleet, diagnostics } = load(fleetWith({ [file]: bad }));
        expect(
          diagnostics.map(({ code }) => code),
          bad,
        ).toContainEqual(expect.stringMatching(/PL10(16|21|22)/));
        expect(JSON.stringify([...(fleet?.environments.values() ?? [])])).not.toContain('lookup');
      }
    }
  });

  test('template markers are found in keys, comments are free', () => {
    expect(
      places(`${head.replace('acme-staging', 'acme-staging, labels: { "{{x}}": y }')}${spec}`),
    ).toContain('PL1016 3:43');
    expect(places(`${head}${spec}# {{ fine }}\n`)).toEqual([]);
  });
});

describe('terminals', () => {
  const hostile = '\u001b[31m\u001b]0;owned\u0007';

  test.each([
    ['a value', `${head}spec: { site: "\\e[31m", node: web-1, type: staging }\n`],
    ['raw bytes', `${head}${spec}  title: ${hostile}\n`],
    ['a comment', `${head}# ${hostile}\n${spec}`],
    ['a key', `${head}spec: { "\\e[31m": 1 }\n`],
    ['bidirectional controls', `${head}spec: { site: "\u202eacme", node: web-1, type: staging }\n`],
    ['C1 controls', `${head}spec: { site: "\\x9b31m", node: web-1, type: staging }\n`],
    ['a name', 'apiVersion: pressluft.dev/v1\nkind: Environment\nmetadata: { name: "\\e[31m" }\n'],
    ['an apiVersion', 'apiVersion: "pressluft\\e[31m"\nkind: "\\e[31m"\n'],
  ])('control characters in %s never come out', (_, text) => {
    const diagnostics = diagnose(text);
    expect(diagnostics).not.toEqual([]);
    const shown = `${renderDiagnosticsText(diagnostics)}${diagnostics.map(({ message, excerpt }) => `${message}${excerpt}`).join('')}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test('nor in paths, which stay exact for programs', () => {
    const file = textFile('nodes/\u001b[31m.yaml', 'a: [');
    const { diagnostics } = load([...fleetWith({}), file]);
    expect(renderDiagnosticsText(diagnostics)).toContain('nodes/␛[31m.yaml:1:5');
    expect(renderDiagnosticsJson(diagnostics).diagnostics[0]?.file).toBe(file.path);
  });
});

describe('secrets', () => {
  test.each([
    ['passwordHash: correct-horse'],
    ['"passwordHash": "correct-horse, battery"'],
    ["passwordHash: 'correct-horse'"],
  ])('a password in clear text is not repeated in diagnostics: %s', (field) => {
    const diagnostics = diagnose(`${head}${spec}  access: { basicAuth: { user: a b, ${field} } }\n`);
    expect(diagnostics.map(({ code }) => code)).toEqual(['PL1034', 'PL1044']);
    expect(JSON.stringify(diagnostics)).not.toMatch(/horse|battery/);
  });

  test('nor is a token that stands where a reference should be', () => {
    const text = soundFleet['providers/hetzner.yaml']?.replace('{ env: HCLOUD_TOKEN }', 'abcdef123456') ?? '';
    const { diagnostics } = load(fleetWith({ 'providers/hetzner.yaml': text }));
    expect(diagnostics.map(({ code }) => code)).toContain('PL1031');
    expect(JSON.stringify(diagnostics)).not.toContain('abcdef123456');
  });
});

describe('size and depth', () => {
  test('a scalar of nearly one MiB is reported with a short excerpt', () => {
    const [found] = diagnose(`${head}${spec}  title: ${'x'.repeat(limits.fileBytes - 200)}\n`);
    expect(found?.code).toBe('PL1030');
    expect(found?.excerpt?.length).toBeLessThan(300);
  });

  test.each([
    ['flow sequences', '['.repeat(50_000)],
    ['flow mappings', '{a: '.repeat(50_000)],
    ['block sequences', `${'- '.repeat(50_000)}a`],
    ['explicit keys', '? '.repeat(20_000)],
    ['indentation', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i + 2)}a:`).join('\n')],
  ])('deep nesting by %s is an error, within the time of a test', (_, nested) => {
    expect(diagnose(`${head}spec:\n  ${nested}`)).not.toEqual([]);
  });

  test('an alias bomb is stopped', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `  k${i + 1}: &k${i + 1} [${`*k${i},`.repeat(9)}]`,
    ).join('\n');
    expect(places(`${head}spec:\n  k0: &k0 [x]\n${levels}\n`)).toEqual([expect.stringMatching(/^PL1014/)]);
  });

  test('aliases within bounds are values like any other', () => {
    const text = `${head}spec: { site: acme, node: web-1, type: staging, php: { ini: { post_max_size: &size 8M, upload_max_filesize: *size } } }\n`;
    const { fleet } = load(fleetWith({ [path]: text }));
    const ini = fleet?.environments.get('acme-staging' as EnvironmentName)?.php.ini;
    expect(ini).toEqual({ post_max_size: '8M', upload_max_filesize: '8M' });
  });

  test('forty thousand unknown keys are reported in linear time', () => {
    const keys = Array.from({ length: 40_000 }, (_, i) => `  k${i}: 1\n`).join('');
    expect(diagnose(`${head}spec:\n${keys}`).length).toBe(limits.diagnosticsPerFile + 1);
  });
});

describe('prototypes', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'the key %s is no way to reach them',
    (key) => {
      const text = `${head}spec: { site: acme, node: web-1, type: staging, ${key}: { site: evil }, wordpress: { plugins: { ${key.toLowerCase()}: "1.0" } } }\n`;
      const { fleet, diagnostics } = load(fleetWith({ [path]: text }));
      expect(diagnostics.map(({ file }) => file)).toContain(path);
      expect(fleet?.environments.has('acme-staging' as EnvironmentName)).toBe(false);
      expect(({} as { site?: string }).site).toBeUndefined();
    },
  );
});

test('schema and meaning of a file are reported together, in the order of the file', () => {
  const text = `${head}spec:
  site: acmee
  node: web-1
  type: stagging
  wordpress:
    plugins: { akismet: 9.9.9 }
    constants: { DB_NAME: x, lower: y }
  domains: { primary: acme.example }
  php: { version: 8.2, ini: { open_basedir: / } }
`;
  expect(places(text).filter((place) => !place.startsWith('PL1052 8'))).toEqual([
    'PL1050 5:9',
    'PL1033 7:9',
    'PL1054 9:25',
    'PL1041 10:18',
    'PL1034 10:30',
    'PL1052 11:23',
    'PL1037 12:19',
    'PL1040 12:31',
  ]);
});
