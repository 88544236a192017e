import { expect, test } from 'vitest';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import {
  type Diagnostic,
  renderDiagnosticsJson,
  renderDiagnosticsText,
  type TextStyle,
} from '../../src/manifest/index.ts';
import { fleetWith, load } from './fleet-fixture.ts';

const { diagnostics } = load(
  fleetWith({
    'bad.yaml': 'apiVersion: pressluft.dev/v1\nkind: Nod\n',
    'other.yaml': 'apiVersion: v1\nkind: Pod\n',
  }),
);

test('JSON has a version, counts by severity, and every field of a diagnostic', () => {
  const json = renderDiagnosticsJson(diagnostics);
  expect(json.summary).toEqual({ errors: 1, warnings: 0, infos: 1 });
  expect(json.version).toBe(1);
  expect(JSON.parse(JSON.stringify(json)).diagnostics[0]).toEqual({
    code: diagnosticCodes.kindUnknown,
    severity: 'error',
    message: 'unknown kind "Nod"',
    file: 'bad.yaml',
    line: 2,
    column: 7,
    endLine: 2,
    endColumn: 10,
    excerpt: 'kind: Nod\n      ^^^',
    expected: `one of ${resourceKinds.join(', ')}`,
    suggestion: 'did you mean "Node"?',
    replacement: 'Node',
  });
});

test('colours change nothing but the colours', () => {
  const style: TextStyle = {
    severity: (text) => `<${text}>`,
    place: (text) => `<${text}>`,
    dim: (text) => `<${text}>`,
  };
  const coloured = renderDiagnosticsText(diagnostics, style);
  expect(coloured).toContain('<bad.yaml:2:7>: <error PL1022>: unknown kind');
  expect(coloured.replaceAll(/[<>]/g, '')).toBe(renderDiagnosticsText(diagnostics));
});

test('no findings are an empty text', () => {
  const none: readonly Diagnostic[] = [];
  expect(renderDiagnosticsText(none)).toBe('');
});
