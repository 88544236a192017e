import { type DiagnosticCode, diagnosticsByCode } from './catalogue.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Severity } from './diagnostic-entry.ts';
import { fingerprints } from './fingerprint.ts';
import { markdownText } from './markdown-text.ts';
import { messageLines } from './render-message.ts';

/** GitHub refuses a run with more results: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit */
const maxResults = 25_000;

const levels = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<
  Severity,
  string
>;
const ranks = { error: 0, warning: 1, info: 2 } as const satisfies Record<Severity, number>;

/** The base of all paths: the root of the repository. */
const uriBaseId = '%SRCROOT%';

const codes = (Object.keys(diagnosticsByCode) as DiagnosticCode[]).sort();
const ruleIndexes: ReadonlyMap<string, number> = new Map(codes.map((code, index) => [code, index]));

/**
 * The findings as a log of SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html) with one run.
 * Beyond 25,000 results errors take precedence over warnings, and a notification counts the omitted ones.
 */
export function renderSarif(diagnostics: readonly Diagnostic[], version: string) {
  const kept = mostSevere(diagnostics);
  const ids = fingerprints(kept);
  const omitted = diagnostics.length - kept.length;
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Pressluft', version, rules: codes.map(rule) } },
        columnKind: 'unicodeCodePoints',
        originalUriBaseIds: { [uriBaseId]: { description: { text: 'The root of the repository.' } } },
        invocations: [{ executionSuccessful: true, ...notifications(omitted) }],
        results: kept.map((diagnostic, index) => result(diagnostic, ids[index] ?? '')),
      },
    ],
  };
}

function mostSevere(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= maxResults) return diagnostics;
  return diagnostics.toSorted((a, b) => ranks[a.severity] - ranks[b.severity]).slice(0, maxResults);
}

function notifications(omitted: number) {
  if (omitted === 0) return {};
  const text = `${omitted} more problems are not in this report, which may have at most ${maxResults}.`;
  return { toolExecutionNotifications: [{ level: 'warning', message: { text } }] };
}

function rule(code: DiagnosticCode) {
  const { severity, title, cause, cure } = diagnosticsByCode[code];
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: cause },
    help: {
      text: `${title}. ${cause}\n\nWhat to do: ${cure}`,
      markdown: `**${markdownText(title)}**\n\n${markdownText(cause)}\n\n**What to do:** ${markdownText(cure)}`,
    },
    defaultConfiguration: { level: levels[severity] },
  };
}

function result(diagnostic: Diagnostic, fingerprint: string) {
  const { code, severity, resource, replacement } = diagnostic;
  const artifactLocation = { uri: relativeUri(diagnostic.file), uriBaseId };
  const region = regionOf(diagnostic);
  return {
    ruleId: code,
    ruleIndex: ruleIndexes.get(code) ?? -1,
    level: levels[severity],
    message: { text: messageLines(diagnostic).join('\n') },
    locations: [
      {
        physicalLocation: { artifactLocation, region },
        ...(resource === undefined
          ? {}
          : { logicalLocations: [{ fullyQualifiedName: resource, kind: 'resource' }] }),
      },
    ],
    partialFingerprints: { 'pressluftFingerprint/v1': fingerprint },
    ...(replacement === undefined ? {} : { fixes: [fix(replacement, artifactLocation, region)] }),
  };
}

/** The end of a region is exclusive in SARIF as well. */
function regionOf({ line, column, endLine, endColumn }: Diagnostic) {
  const start = { startLine: line, startColumn: column };
  return endLine === undefined || endColumn === undefined ? start : { ...start, endLine, endColumn };
}

function fix(replacement: string, artifactLocation: object, deletedRegion: object) {
  return {
    description: { text: `Write ${replacement}.` },
    artifactChanges: [
      { artifactLocation, replacements: [{ deletedRegion, insertedContent: { text: replacement } }] },
    ],
  };
}

/** Every character except unreserved ones is encoded, so that a path can be neither a query nor a scheme. */
function relativeUri(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
