import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ajvDraft04 from 'ajv-draft-04';
import ajvFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import { printable } from '../../src/fleet/printable.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import {
  type Diagnostic,
  type DiagnosticCode,
  diagnosticsByCode,
  renderDiagnosticsText,
  renderGithubAnnotations,
  renderGithubSummary,
  renderGitlab,
  renderJunit,
  renderSarif,
} from '../../src/manifest/index.ts';
import { fleetWith, load } from './fleet-fixture.ts';

const published = join(import.meta.dirname, '../golden/published-schemas');
const junitSchema = readFileSync(join(published, 'junit-10.xsd'), 'utf8');
const sarifSchema = JSON.parse(readFileSync(join(published, 'sarif-2.1.0-rtm.5.json'), 'utf8'));
const ajv = new ajvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
ajvFormats.default(ajv);
const isSarif = ajv.compile(sarifSchema);

const { diagnostics: real } = load(
  fleetWith({
    'environments/staging.yaml': `apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: acme-staging }
spec:
  site: acmee
  node: web-1
  type: stagging
  php: { version: 8.2, memory_limit: 256M }
`,
    'other.yaml': 'apiVersion: v1\nkind: Pod\n',
  }),
);

function finding(fields: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: diagnosticCodes.fieldUnknown,
    severity: 'error',
    message: 'unknown field "colour"',
    file: 'sites/acme.yaml',
    line: 7,
    column: 3,
    endLine: 7,
    endColumn: 9,
    ...fields,
  };
}

const many = (count: number, fields: Partial<Diagnostic> = {}) =>
  Array.from({ length: count }, (_, index) => finding({ line: index + 1, endLine: index + 1, ...fields }));

/** Text of a hostile repository: special characters of each format, and any other text. */
const hostile = fc.oneof(
  fc.constantFrom(
    '::error file=x::injected',
    '\n::set-output name=a::b',
    '%0A%25',
    ']]><evil/>',
    '<!--',
    '&amp;"\'',
    '\u001b[31mred',
    'a|b`c`[link](javascript:x)<script>',
    '@everyone www.evil.example https://evil.example',
    '\ufffe\uffff\u0000',
    '\ud800',
    'a b%/ä:c,d?e#f',
    '../../etc',
  ),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);
const codes = Object.keys(diagnosticsByCode) as DiagnosticCode[];
const anyFinding: fc.Arbitrary<Diagnostic> = fc.record({
  code: fc.constantFrom(...codes),
  severity: fc.constantFrom('error', 'warning', 'info'),
  message: hostile,
  file: hostile.map((path) => path || 'x'),
  line: fc.integer({ min: 1, max: 50 }),
  column: fc.integer({ min: 1, max: 50 }),
  excerpt: hostile,
  expected: hostile,
  suggestion: hostile,
  replacement: hostile,
  resource: fc.constant('environment/acme' as ResourceRef),
});
const anyFindings = fc.array(anyFinding, { maxLength: 15 });

describe('reports of one repository', () => {
  const golden = join(import.meta.dirname, '../golden/reports');
  const sarif = renderSarif(real, '1.2.3');
  test.each([
    ['github.txt', renderGithubAnnotations(real, 'are in the summary')],
    ['github-summary.md', renderGithubSummary(real, '1 site in 2 files: 4 errors')],
    ['gitlab.json', `${JSON.stringify(renderGitlab(real), null, 2)}\n`],
    ['junit.xml', renderJunit(real, ['sites/acme.yaml'])],
    ['results.sarif', `${JSON.stringify(sarif.runs[0]?.results, null, 2)}\n`],
  ])('%s', async (name, text) => {
    await expect(text).toMatchFileSnapshot(join(golden, name));
  });
});

describe('GitHub annotations', () => {
  test('name file, place, code, title and the expected value', () => {
    expect(renderGithubAnnotations([finding({ expected: 'one of a, b' })], '')).toBe(
      '::error file=sites/acme.yaml,line=7,endLine=7,col=3,endColumn=9,title=PL1030%3A The field is not known' +
        '::unknown field "colour"%0Aexpected: one of a, b\n',
    );
  });

  test('over several lines have no columns, which GitHub refuses there', () => {
    const [line] = renderGithubAnnotations([finding({ endLine: 9 })], '').split('\n');
    expect(line).toContain('line=7,endLine=9,title=');
  });

  test('are at most ten of a level, and one notice counts the others and names their place', () => {
    const all = [...many(13), ...many(11, { severity: 'warning' }), ...many(12, { severity: 'info' })];
    const lines = renderGithubAnnotations(all, 'are in the summary').trimEnd().split('\n');
    const of = (command: string) => lines.filter((line) => line.startsWith(`::${command} `)).length;
    expect([of('error'), of('warning'), of('notice')]).toEqual([10, 10, 10]);
    expect(lines.at(-1)).toMatch(/::3 more errors and 1 more warning and 3 more notes are in the summary$/);
  });

  test('of hostile text are parsed by the runner unchanged', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 9 }), (findings) => {
        const lines = renderGithubAnnotations(findings, '')
          .split(/[\r\n]/)
          .slice(0, -1);
        const bySeverity = (['error', 'warning', 'info'] as const).flatMap((severity) =>
          findings.filter((found) => found.severity === severity),
        );
        expect(lines.map((line) => runnerReads(line).file)).toEqual(
          bySeverity.map(({ file }) => printable(file)),
        );
        expect(lines.map((line) => runnerReads(line).message)).toEqual(
          bySeverity.map(({ message, expected, suggestion }) =>
            [message, `expected: ${expected}`, `hint: ${suggestion}`].map(printable).join('\n'),
          ),
        );
        // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
        for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
  });
});

/** Parses a command like the runner: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
function runnerReads(line: string): { readonly file: string | undefined; readonly message: string } {
  const end = line.indexOf('::', 2);
  const properties = line.slice(line.indexOf(' ') + 1, end).split(',');
  const unescaped = (text: string) =>
    text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',');
  const values = new Map(
    properties.map((property) => {
      const equals = property.indexOf('=');
      return [property.slice(0, equals), unescaped(property.slice(equals + 1)).replaceAll('%25', '%')];
    }),
  );
  const message = line
    .slice(end + 2)
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%');
  return { file: values.get('file'), message };
}

describe('the summary of a GitHub job', () => {
  test('is a table of all findings', () => {
    expect(renderGithubSummary([finding()], '1 error')).toContain(
      '| error | sites/acme.yaml:7:3 | PL1030 | unknown field "colour" |\n',
    );
  });

  test('is cut below the limit and counts the omitted findings', () => {
    const text = renderGithubSummary(many(500), '500 errors', 5000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(5000);
    const shown = text.match(/^\| error/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(text).toContain(`… and ${500 - shown} more`);
    expect(renderGithubSummary(many(5), '', 10)).toBe('');
  });

  test('shows hostile text unchanged: no markup, no HTML, no link', () => {
    fc.assert(
      fc.property(anyFindings, (findings) => {
        const rows = renderGithubSummary(findings, '').split('\n').slice(6);
        expect(rows.filter((line) => line !== '')).toHaveLength(findings.length);
        for (const line of rows)
          expect(line.replaceAll('<br>', '')).not.toMatch(/[<>`*_[\]\\@]|www\.|https?:/i);
      }),
    );
  });
});

describe('GitLab Code Quality', () => {
  test('has the fields that GitLab requires', () => {
    const [issue] = renderGitlab([finding()]);
    expect(issue).toEqual({
      description: 'unknown field "colour"',
      check_name: diagnosticCodes.fieldUnknown,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: 'sites/acme.yaml', lines: { begin: 7, end: 7 } },
    });
  });

  test('fingerprints are unique, and stay the same when lines are added above', () => {
    const findings = [finding(), finding({ line: 9 }), finding({ file: 'sites/other.yaml' })];
    const ids = renderGitlab(findings).map(({ fingerprint }) => fingerprint);
    expect(new Set(ids).size).toBe(3);
    const moved = findings.map((found) => ({ ...found, line: found.line + 5 }));
    expect(renderGitlab(moved).map(({ fingerprint }) => fingerprint)).toEqual(ids);
  });

  test('of hostile text keeps all required fields', () => {
    fc.assert(
      fc.property(anyFindings, (findings) => {
        const issues = renderGitlab(findings);
        expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(findings.length);
        for (const { check_name, severity, location } of issues) {
          expect(check_name).toMatch(/^PL\d{4}$/);
          expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(severity);
          expect(location.lines.begin).toBeGreaterThan(0);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
          expect(location.path).not.toMatch(/[\u0000-\u001f]/);
        }
      }),
    );
  });
});

describe('SARIF', () => {
  test('of real findings is valid by the published schema, with rules, regions and exact fixes', () => {
    const log = JSON.parse(JSON.stringify(renderSarif(real, '1.2.3')));
    expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
    const [run] = log.runs;
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(codes.toSorted());
    const ofCode = (code: string) =>
      run.results.filter((result: { ruleId: string }) => result.ruleId === code);
    const [spelling] = ofCode(diagnosticCodes.referenceUnknown);
    expect(run.tool.driver.rules[spelling.ruleIndex].id).toBe(diagnosticCodes.referenceUnknown);
    expect(spelling.locations[0]).toEqual({
      physicalLocation: {
        artifactLocation: { uri: 'environments/staging.yaml', uriBaseId: '%SRCROOT%' },
        region: { startLine: 5, startColumn: 9, endLine: 5, endColumn: 14 },
      },
      logicalLocations: [{ fullyQualifiedName: 'environment/acme-staging', kind: 'resource' }],
    });
    const inserted = (code: string) =>
      ofCode(code)[0].fixes[0].artifactChanges[0].replacements[0].insertedContent.text;
    expect(inserted(diagnosticCodes.referenceUnknown)).toBe('acme');
    expect(inserted(diagnosticCodes.versionUnquoted)).toBe('"8.2"');
    expect(ofCode(diagnosticCodes.foreignDocument)[0]).not.toHaveProperty('fixes');
  });

  test('without findings is valid as well', () => {
    expect(isSarif(renderSarif([], '1.2.3'))).toBe(true);
  });

  test('the schema refuses other documents', () => {
    expect(isSarif({ ...renderSarif([], '1'), runs: [{ results: [] }] })).toBe(false);
  });

  test('has at most 25,000 results, errors first, and counts the omitted ones', () => {
    const [run] = renderSarif([...many(24_999, { severity: 'info' }), ...many(3)], '1').runs;
    expect(run?.results).toHaveLength(25_000);
    expect(run?.results.slice(0, 4).map(({ level }) => level)).toEqual(['error', 'error', 'error', 'note']);
    expect(JSON.stringify(run?.invocations)).toContain('2 more problems');
  });

  test('of hostile text is valid, and every path is a relative URI that decodes to the path', () => {
    fc.assert(
      fc.property(anyFindings, (findings) => {
        const log = JSON.parse(JSON.stringify(renderSarif(findings, '1')));
        expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
        for (const [index, result] of log.runs[0].results.entries()) {
          const { uri } = result.locations[0].physicalLocation.artifactLocation;
          expect(uri).toMatch(/^[A-Za-z0-9\-._~!*'()%/]*$/);
          expect(decodeURIComponent(uri)).toBe(findings[index]?.file.toWellFormed());
        }
      }),
    );
  });
});

describe('JUnit', () => {
  test('has a failed test for every error and a passed one for every clean file', () => {
    const findings = [
      finding(),
      finding({ line: 9, code: diagnosticCodes.typeWrong }),
      finding({ file: 'b.yaml', severity: 'warning' }),
    ];
    expect(
      renderJunit(findings, ['a.yaml', 'b.yaml', 'sites/acme.yaml']),
    ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="pressluft validate" tests="4" failures="2" errors="0">
  <testsuite name="pressluft validate" tests="4" failures="2" errors="0">
    <testcase classname="manifests" name="a.yaml"/>
    <testcase classname="manifests" name="b.yaml">
      <system-out>b.yaml:7:3: warning PL1030: unknown field &quot;colour&quot;
</system-out>
    </testcase>
    <testcase classname="manifests" name="sites/acme.yaml:7:3 PL1030">
      <failure type="PL1030" message="unknown field &quot;colour&quot;">sites/acme.yaml:7:3: error PL1030: unknown field &quot;colour&quot;
</failure>
    </testcase>
    <testcase classname="manifests" name="sites/acme.yaml:9:3 PL1031">
      <failure type="PL1031" message="unknown field &quot;colour&quot;">sites/acme.yaml:9:3: error PL1031: unknown field &quot;colour&quot;
</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  test('of real, of hostile and of no findings is valid by the published schema', async () => {
    const samples = [
      { findings: real, files: ['a.yaml'] },
      { findings: [], files: [] },
      ...fc
        .sample(fc.record({ findings: anyFindings, files: fc.array(hostile) }), { numRuns: 150, seed: 7 })
        .map(({ findings, files }) => ({ findings, files })),
    ];
    const xml = samples.map(({ findings, files }, index) => ({
      fileName: `${index}.xml`,
      contents: renderJunit(findings, files),
    }));
    const { valid, errors } = await validateXML({
      xml,
      schema: junitSchema,
    });
    expect(errors).toEqual([]);
    expect(valid).toBe(true);
  });

  test('the schema refuses a document that is not a report', async () => {
    const xml = renderJunit([finding()], []).replace('<failure type', '<failing kind');
    expect((await validateXML({ xml, schema: junitSchema })).valid).toBe(false);
  });
});

test('in text, the name of a file cannot be read as a workflow command', () => {
  expect(renderDiagnosticsText([finding({ file: '::stop-commands::x.yaml' })])).toMatch(
    /^\.\/::stop-commands/,
  );
});
