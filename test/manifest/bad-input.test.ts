import { describe, expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import {
  type Diagnostic,
  limits,
  renderDiagnosticsJson,
  renderDiagnosticsText,
  renderGithubAnnotations,
  renderGithubSummary,
  renderGitlab,
  renderJunit,
  renderSarif,
} from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet, textFile } from './fleet-fixture.ts';

const path = 'environments/staging.yaml';
const head = 'apiVersion: pressluft.dev/v1\nkind: Environment\nmetadata: { name: acme-staging }\n';
const snippetNode = `${soundFleet['nodes/web-1.yaml']}`.replace(
  'serverType:',
  'nginx: { allowSnippets: [acme-staging] }, serverType:',
);
const spec = 'spec:\n  site: acme\n  node: web-1\n  type: staging\n';

function diagnose(text: string): readonly Diagnostic[] {
  return load(fleetWith({ [path]: text })).diagnostics;
}

function places(text: string): string[] {
  return diagnose(text).map(({ code, line, column }) => `${code} ${line}:${column}`);
}

describe('text', () => {
  test('a byte order mark and CRLF line ends are read like any other file', () => {
    const text =
      `\ufeff${head}${spec}  nginx:\n    serverSnippet: |\n      etag off;\n      break;\n`.replaceAll(
        '\n',
        '\r\n',
      );
    const { fleet, diagnostics } = load(fleetWith({ [path]: text, 'nodes/web-1.yaml': snippetNode }));
    expect(diagnostics).toEqual([]);
    const environment = fleet?.environments.get('acme-staging' as EnvironmentName);
    expect(environment?.nginx.serverSnippet).toBe('etag off;\nbreak;\n');
  });

  test('positions do not count the byte order mark or carriage returns', () => {
    expect(places(`\ufeff${head}spec: { type: stagging }\n`.replaceAll('\n', '\r\n'))).toContain(
      'PL1033 4:15',
    );
    expect(diagnose(`${head}spec: { type: stagging }\r\n`).at(-1)?.excerpt).not.toContain('␍');
  });

  test('a carriage return without a line feed cannot hide a line in a comment', () => {
    expect(places(`${head}${spec}# a comment\rspec: {}\n`)).toEqual(['PL1017 8:12']);
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
  ])('control characters in %s are never printed', (_, text) => {
    const diagnostics = diagnose(text);
    expect(diagnostics).not.toEqual([]);
    const shown = `${renderDiagnosticsText(diagnostics)}${diagnostics.map(({ message, excerpt }) => `${message}${excerpt}`).join('')}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not occur
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test('control characters in paths are never printed, but stay exact for programs', () => {
    const file = textFile('nodes/\u001b[31m.yaml', 'a: [');
    const { diagnostics } = load([...fleetWith({}), file]);
    expect(renderDiagnosticsText(diagnostics)).toContain('nodes/␛[31m.yaml:1:5');
    expect(renderDiagnosticsJson(diagnostics).diagnostics[0]?.file).toBe(file.path);
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not occur
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe('every report format', () => {
  const forms: Readonly<Record<string, (diagnostics: readonly Diagnostic[]) => string>> = {
    text: (diagnostics) => renderDiagnosticsText(diagnostics),
    json: (diagnostics) => JSON.stringify(renderDiagnosticsJson(diagnostics), null, 2),
    'GitHub annotations': (diagnostics) => renderGithubAnnotations(diagnostics, 'the summary'),
    'GitHub summary': (diagnostics) => renderGithubSummary(diagnostics, '1 file'),
    GitLab: (diagnostics) => JSON.stringify(renderGitlab(diagnostics), null, 2),
    JUnit: (diagnostics) => renderJunit(diagnostics, [path]),
    SARIF: (diagnostics) => JSON.stringify(renderSarif(diagnostics, '0.1.0'), null, 2),
  };

  test.each(Object.keys(forms))('keeps escape sequences from the terminal: %s', (form) => {
    const texts = [
      `${head}spec: { site: "\\e[31m", node: web-1, type: staging, "\\x9b31m": 1 }\n`,
      `${head}${spec}  title: \u001b[31m\u001b]0;owned\u0007\n# \u009b31m \u202e\n`,
    ];
    for (const text of texts) {
      const diagnostics = diagnose(text);
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(forms[form]?.(diagnostics)).not.toMatch(controls);
    }
  });
});

describe('secrets', () => {
  test.each([
    ['passwordHash: correct-horse'],
    ['"passwordHash": "correct-horse, battery"'],
    ["passwordHash: 'correct-horse'"],
  ])('a password in clear text is not repeated in diagnostics: %s', (field) => {
    const diagnostics = diagnose(`${head}${spec}  access: { basicAuth: { user: a b, ${field} } }\n`);
    expect(diagnostics.map(({ code }) => code)).toEqual([
      diagnosticCodes.valueMalformed,
      diagnosticCodes.passwordNotHashed,
    ]);
    expect(JSON.stringify(diagnostics)).not.toMatch(/horse|battery/);
  });

  test('a token in place of a reference is not repeated in diagnostics', () => {
    const text = soundFleet['providers/hetzner.yaml']?.replace('{ env: HCLOUD_TOKEN }', 'abcdef123456') ?? '';
    const { diagnostics } = load(fleetWith({ 'providers/hetzner.yaml': text }));
    expect(diagnostics.map(({ code }) => code)).toContain(diagnosticCodes.typeWrong);
    expect(JSON.stringify(diagnostics)).not.toContain('abcdef123456');
  });
});

describe('YAML with hidden meaning', () => {
  test.each([
    ['a tab as indentation', `${head}spec:\n\tsite: acme\n`, diagnosticCodes.yamlInvalid],
    ['a key given twice', `${head}${spec}  node: web-2\n`, diagnosticCodes.keyDuplicate],
    ['a merge key', `${head}spec:\n  <<: { site: acme }\n`, diagnosticCodes.mergeKey],
    [
      'a tag that makes functions elsewhere',
      `${head}spec: { site: !!js/function "function () {}" }\n`,
      diagnosticCodes.yamlTag,
    ],
    [
      'a tag that makes objects elsewhere',
      `${head}spec: !!python/object/apply:os.system [id]\n`,
      diagnosticCodes.yamlTag,
    ],
    ['a local tag', `${head}spec: !include other.yaml\n`, diagnosticCodes.yamlTag],
    ['an anchor that contains itself', `${head}spec: &a { site: *a }\n`, diagnosticCodes.yamlAlias],
    ['a directive', `%TAG ! tag:evil.example,2000:\n---\n${head}${spec}`, diagnosticCodes.yamlDirective],
  ])('%s is an error with a place', (_, text, code) => {
    const found = diagnose(text).find((diagnostic) => diagnostic.code === code);
    expect(found).toMatchObject({ severity: 'error', file: path });
    expect(found?.excerpt).toBeDefined();
  });

  test.each([
    ['Latin-1', [...new TextEncoder().encode(head), 0xfc, 0x0a], 'iconv -f ISO-8859-1'],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], 'iconv -f UTF-16'],
    ['a character that is cut off', [...new TextEncoder().encode(`${head}#`), 0xf0, 0x9f], 'iconv'],
  ])('%s is named, with the command to convert it', (_, bytes, how) => {
    const file = { path, oid: 'x', kind: 'file', bytes: Uint8Array.from(bytes) } as const;
    const found = load([...fleetWith({ [path]: null }), file]).diagnostics.find(
      ({ code }) => code === diagnosticCodes.notUtf8,
    );
    expect(found?.suggestion).toContain(how);
  });
});

describe('names and versions', () => {
  test.each(['../../etc/passwd', 'a/b', '..', '-a', 'A', 'a b', 'a\\n', 'a'.repeat(64), '', '{{x}}', 'null'])(
    'a name such as %j makes no resource',
    (name) => {
      const text = `apiVersion: pressluft.dev/v1\nkind: Site\nmetadata: { name: "${name}" }\nspec: { title: A, adminEmail: a@b.example }\n`;
      const { diagnostics, resources, fleet } = load([...fleetWith({}), textFile('sites/bad.yaml', text)]);
      if (name === 'null') return expect(diagnostics).toEqual([]);
      expect(
        diagnostics.some(({ file, severity }) => file === 'sites/bad.yaml' && severity === 'error'),
      ).toBe(true);
      expect([...(fleet?.sites.keys() ?? [])]).toEqual(['acme']);
      expect(resources.filter(({ ref }) => ref.includes('..'))).toEqual([]);
    },
  );

  test('an unknown apiVersion has a hint', () => {
    const [found] = diagnose(`${head.replace('/v1', '/v2')}${spec}`);
    expect(found).toMatchObject({
      code: diagnosticCodes.apiVersionUnknown,
      severity: 'error',
      expected: 'pressluft.dev/v1',
    });
    expect(found?.message).toContain('this version of Pressluft reads pressluft.dev/v1');
  });
});

describe('repositories', () => {
  test.each(['symlink', 'submodule'] as const)('a %s is reported and never followed', (kind) => {
    const link = { path, oid: 'x', kind, bytes: new TextEncoder().encode(`${head}${spec}`) };
    const { diagnostics, fleet } = load([...fleetWith({ [path]: null }), link]);
    expect(diagnostics).toMatchObject([{ code: diagnosticCodes.notAFile, file: path, severity: 'error' }]);
    expect(fleet?.environments.has('acme-staging' as EnvironmentName)).toBe(false);
  });

  test('one document over the limit is not read, and those before it are', () => {
    const filler = (count: number) => '---\n'.repeat(count);
    const some = 10_000;
    const files = Array.from({ length: limits.fleetDocuments / some }, (_, i) =>
      textFile(`m${i}.yaml`, filler(some)),
    );
    const { diagnostics, documentCount, fleet } = load([...files, ...fleetWith({})]);
    expect(documentCount).toBeGreaterThan(limits.fleetDocuments);
    expect(diagnostics.map(({ code }) => code)).toContain(diagnosticCodes.tooManyDocuments);
    expect(fleet).toBeUndefined();
  });

  test('a file over the limit is not read', () => {
    const large = { path, oid: 'x', kind: 'file', bytes: { tooLarge: limits.fileBytes + 1 } } as const;
    const { diagnostics } = load([...fleetWith({ [path]: null }), large]);
    expect(diagnostics).toMatchObject([
      { code: diagnosticCodes.fileTooLarge, file: path, severity: 'error' },
    ]);
  });
});

/** An eighth of a mebibyte of each; without limits, a whole one causes 200,000 errors, gigabytes of syntax tree, or half a minute of work. */
describe('hostile files are read in bounded time and reported', { timeout: 20_000 }, () => {
  const fill = (piece: string) => piece.repeat(Math.floor(limits.fileBytes / 8 / piece.length));
  test.each([
    ['open brackets', fill('[')],
    ['closed brackets', fill('] ')],
    ['open mappings', fill('{a: ')],
    ['lists in lists', fill('- ')],
    ['keys of keys', fill('? ')],
    ['tags', fill('!a ')],
    ['anchors', fill('&a ')],
    ['aliases', fill('*a ')],
    ['quotes', fill('"" ')],
    ['commas', `[${fill(',')}]`],
    ['comments without space', fill('a: "b"#c\n')],
    ['bad escapes', `a: "${fill('\\q')}"`],
    ['directives', fill('%a\n')],
    ['reserved characters', fill('a: @\n')],
    ['tabs', fill('a:\n\tb: c\n')],
    ['broken documents', fill('---\na: [\n')],
  ])('%s', (_, text) => {
    const { diagnostics, fleet } = load([...fleetWith({}), textFile('hostile.yaml', text)]);
    const own = diagnostics.filter(({ file }) => file === 'hostile.yaml');
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThanOrEqual(limits.diagnosticsPerFile + 1);
    expect(fleet?.environments.size).toBe(1);
  });
});

describe('size and depth', () => {
  test('a scalar of nearly one MiB is reported with a short excerpt', () => {
    const [found] = diagnose(`${head}${spec}  title: ${'x'.repeat(limits.fileBytes - 200)}\n`);
    expect(found?.code).toBe(diagnosticCodes.fieldUnknown);
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

  test('aliases within the limits are ordinary values', () => {
    const text = `${head}spec: { site: acme, node: web-1, type: staging, php: { ini: { post_max_size: &size 8M, upload_max_filesize: *size } } }\n`;
    const { fleet } = load(fleetWith({ [path]: text }));
    const ini = fleet?.environments.get('acme-staging' as EnvironmentName)?.php.ini;
    expect(ini).toMatchObject({ post_max_size: '8M', upload_max_filesize: '8M' });
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
