import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import { documentChecks } from './checks/document-checks.ts';
import { type DiagnosticCode, diagnosticCodes } from './diagnostics/catalogue.ts';
import { compareDiagnostics, type Diagnostic } from './diagnostics/diagnostic.ts';
import { makeDiagnostic, makeFileDiagnostic, severityOf } from './diagnostics/make-diagnostic.ts';
import type { FieldProblem, OffsetProblem } from './diagnostics/problem.ts';
import { readEnvelope } from './envelope.ts';
import { fileLoss, type ReadDocument } from './file-loss.ts';
import { manifestKinds } from './kinds/index.ts';
import { limits } from './limits.ts';
import type { ManifestFile } from './manifest-file.ts';
import type { ParsedDocument, ParsedFile } from './parsed-file.ts';
import { referencesOf } from './references.ts';
import { schemaProblems } from './schema/schema-problems.ts';
import type { Validators } from './schema/validators.ts';
import { secretFields } from './secret-fields.ts';
import { promisesEncryption, sopsFileOf } from './sops-file.ts';
import { type ComposedFile, composeYaml, syntaxProblems, type YamlDocument } from './yaml/compose.ts';
import { decodeUtf8 } from './yaml/decode.ts';
import { type FieldRange, fieldRange } from './yaml/field-range.ts';
import { type PlainYamlDocument, readPlainDocuments } from './yaml/plain-documents.ts';
import { toPlain } from './yaml/plain-value.ts';
import { isLfsPointer, rawFault } from './yaml/text-rules.ts';

/** Never throws: any bytes result in documents, diagnostics, or neither. */
export function parseFile(file: ManifestFile, validators: Validators): ParsedFile {
  if (file.kind !== 'file') {
    const link = unreadable(file.path, diagnosticCodes.notAFile, `this ${file.kind} is not followed`);
    return { ...link, loss: { kind: file.kind, line: 1 } };
  }
  if (file.bytes === 'cached') throw new TypeError(`no cached content of ${file.path}`);
  const size = 'tooLarge' in file.bytes ? file.bytes.tooLarge : file.bytes.length;
  if (!(file.bytes instanceof Uint8Array) || size > limits.fileBytes) {
    return unreadable(
      file.path,
      diagnosticCodes.fileTooLarge,
      `the file has ${size} bytes; at most ${limits.fileBytes} are read`,
    );
  }
  const decoded = decodeUtf8(file.bytes);
  if (decoded.kind === 'invalid')
    return unreadable(file.path, diagnosticCodes.notUtf8, decoded.message, decoded.suggestion);
  if (isLfsPointer(decoded.text)) {
    const message = 'the file is a pointer of Git LFS; the content behind it is not read';
    return unreadable(file.path, diagnosticCodes.lfsPointer, message);
  }
  return parseText(file.path, decoded.text, validators);
}

function unreadable(
  path: string,
  code: Diagnostic['code'],
  message: string,
  suggestion?: string,
): ParsedFile {
  const diagnostics = [makeFileDiagnostic(path, { code, message, suggestion })];
  return { path, text: undefined, documentCount: 0, documents: [], diagnostics };
}

function parseText(path: string, text: string, validators: Validators): ParsedFile {
  const plain = readPlainDocuments(text);
  if (plain !== undefined) return readPlainFile(path, text, plain, validators);
  const { documents, problems, stopped } = composeYaml(text);
  const sources = documents.map((yaml, index): Source => {
    const content = toPlain(yaml, text);
    // The unread rest belongs to the last document and is reported once.
    const cut = stopped !== undefined && index === documents.length - 1;
    return {
      value: content.value,
      syntax: cut ? [...syntaxProblems(yaml), stopped] : syntaxProblems(yaml),
      content: cut ? content.problems.filter(({ code }) => code !== stopped.code) : content.problems,
      text: () => text.slice(...documentRange(yaml)),
      start: () => fieldRange(yaml, [], 'key').start,
      locate: (path, at) => fieldRange(yaml, path, at),
    };
  });
  const unread = stopped === undefined || documents.length > 0 ? [] : [stopped];
  return readDocuments(path, text, sources, [...rawProblems(text), ...problems, ...unread], validators);
}

/** Syntax trees are composed only to locate problems. */
function readPlainFile(
  path: string,
  text: string,
  plain: readonly PlainYamlDocument[],
  validators: Validators,
): ParsedFile {
  let composed: ComposedFile | undefined;
  const sources = plain.map(
    ({ value, start }, index): Source => ({
      value,
      syntax: [],
      content: [],
      text: () => text,
      start: () => start,
      locate: (path, at) => {
        composed ??= composeYaml(text);
        const yaml = composed.documents[index];
        return yaml === undefined ? { start: 0, end: 0, depth: 0 } : fieldRange(yaml, path, at);
      },
    }),
  );
  return readDocuments(path, text, sources, [], validators);
}

/** A parsed YAML document, whichever parser read it. */
interface Source {
  readonly value: Json;
  readonly syntax: readonly OffsetProblem[];
  readonly content: readonly OffsetProblem[];
  /** The text that is searched for signs that a document which is not a mapping was intended as a manifest. */
  readonly text: () => string;
  readonly start: () => number;
  readonly locate: (path: readonly string[], at: 'key' | 'value') => FieldRange;
}

function readDocuments(
  path: string,
  text: string,
  sources: readonly Source[],
  problems: readonly OffsetProblem[],
  validators: Validators,
): ParsedFile {
  const documents: ParsedDocument[] = [];
  const kinds: ReadDocument[] = [];
  const located: { problem: OffsetProblem; ref: ResourceRef | undefined }[] = [];
  for (const problem of problems) located.push({ problem, ref: undefined });
  // Damage explains the syntax errors that follow from it.
  const isDamaged = problems.some(({ code }) => damages.has(code));
  for (const [index, source] of sources.entries()) {
    const { kind, document, ref, problems: all } = readDocument(path, text, index, source, validators);
    const problems = isDamaged ? all.filter(({ code }) => code !== diagnosticCodes.yamlInvalid) : all;
    kinds.push({ kind, isEmpty: source.value === null, start: () => source.locate([], 'key').start });
    if (document !== undefined) documents.push(document);
    const room = limits.diagnosticsPerFile + 1 - located.length;
    for (const problem of problems.slice(0, Math.max(0, room))) located.push({ problem, ref });
  }
  const diagnostics = located
    .slice(0, limits.diagnosticsPerFile)
    .map(({ problem, ref }) => makeDiagnostic(path, text, problem, ref))
    .sort(compareDiagnostics);
  if (located.length > limits.diagnosticsPerFile) diagnostics.push(moreProblems(path, diagnostics));
  const loss = fileLoss(text, kinds);
  const lost = loss === undefined ? {} : { loss };
  const sops = sopsFileOf(sources.map(({ value }) => value));
  if (sops !== undefined)
    return { path, text, documentCount: sources.length, documents, diagnostics, ...lost, sops };
  if (promisesEncryption(path) && diagnostics.length === 0 && sources.some(({ value }) => value !== null)) {
    const message = 'the file is named like a SOPS file and is not encrypted';
    diagnostics.push(makeFileDiagnostic(path, { code: diagnosticCodes.sopsNameMisleading, message }));
  }
  return { path, text, documentCount: sources.length, documents, diagnostics, ...lost };
}

const damages: ReadonlySet<DiagnosticCode> = new Set([
  diagnosticCodes.controlCharacter,
  diagnosticCodes.conflictMarker,
]);

/** Checked before anything is interpreted, because a damaged file may look like one of another tool. */
function rawProblems(text: string): OffsetProblem[] {
  const found = rawFault(text);
  if (found === undefined) return [];
  const { code, offset, length, message } = found;
  return [{ code, message, start: offset, end: offset + length }];
}

function readDocument(path: string, text: string, index: number, source: Source, validators: Validators) {
  const { value, syntax, content } = source;
  const envelope = readEnvelope(value, source.text);
  const { kind } = envelope;
  if (kind === 'none') return { kind, document: undefined, ref: undefined, problems: syntax };
  const atOffset = (problem: FieldProblem) => atOffsets(text, source, problem);
  if (envelope.kind !== 'resource') {
    const problems = envelope.kind === 'foreign' ? syntax : [...syntax, ...content];
    return { kind, document: undefined, ref: undefined, problems: [...problems, atOffset(envelope.problem)] };
  }
  const { resourceKind, ref } = envelope;
  const validate = validators(resourceKind);
  // The structure of a document with syntax errors is a guess, and would cause follow-up errors.
  const readable = syntax.length === 0;
  const schema = readable && !validate(value) ? schemaProblems(validate.errors ?? []) : [];
  const fields = readable ? [...schema, ...documentChecks(resourceKind, value, path)] : [];
  const shown = fields.slice(0, limits.diagnosticsPerFile + 1).map(atOffset);
  const problems = [...syntax, ...content, ...independentProblems(content, shown)];
  const valid = problems.every((problem) => severityOf(problem) !== 'error');
  const document =
    ref === undefined
      ? undefined
      : makeDocument({ index, kind: resourceKind, ref, start: source.start(), value, valid });
  return { kind, document, ref, problems };
}

function documentRange(yaml: YamlDocument): [number, number] {
  const [start, , end] = yaml.range;
  return [start, end];
}

/**
 * The `problems` of a value that are not consequences of the parts that `earlier` problems made unreadable. So all errors of a
 * document are reported at once, without follow-up errors.
 */
function independentProblems(
  earlier: readonly OffsetProblem[],
  problems: readonly OffsetProblem[],
): readonly OffsetProblem[] {
  if (earlier.some(({ code }) => losesMuch.has(code))) return [];
  if (!earlier.some(({ code }) => code === diagnosticCodes.mergeKey)) return problems;
  return problems.filter(({ code }) => !saysMissing.has(code));
}

/** Aliases and deep nesting can leave gaps anywhere in the parsed value. */
const losesMuch: ReadonlySet<DiagnosticCode> = new Set([diagnosticCodes.yamlAlias, diagnosticCodes.tooDeep]);

/** A missing field may be one that a merge key would have added. */
const saysMissing: ReadonlySet<DiagnosticCode> = new Set([
  diagnosticCodes.fieldMissing,
  diagnosticCodes.valueNowhereGiven,
  diagnosticCodes.notExactlyOne,
]);

/** Facts that fleet checks need of every document at every load are computed once. */
function makeDocument(document: Omit<ParsedDocument, 'references' | 'domains' | 'secrets'>): ParsedDocument {
  const { kind, value } = document;
  const domains = manifestKinds[kind].domains?.(value) ?? [];
  return { ...document, references: referencesOf(kind, value), domains, secrets: secretFields(kind, value) };
}

function atOffsets(text: string, source: Source, problem: FieldProblem): OffsetProblem {
  const { path, at, ...rest } = problem;
  const { start, end } = source.locate(path, at);
  if (problem.code !== diagnosticCodes.versionUnquoted) return { ...rest, start, end };
  // The parsed value has lost digits already: 8.10 is the number 8.1.
  return { ...rest, suggestion: `"${text.slice(start, end)}"`, start, end };
}

function moreProblems(path: string, shown: readonly Diagnostic[]): Diagnostic {
  const last = shown.at(-1);
  const message = `the file has more than these ${shown.length} problems`;
  const more = makeFileDiagnostic(path, { code: diagnosticCodes.tooManyProblems, message });
  return last === undefined ? more : { ...more, line: last.line, column: last.column };
}
