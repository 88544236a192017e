import type { Json } from '../../fleet/digest.ts';
import { shortRecipient } from '../../fleet/sops.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem, Located } from '../fleet-index.ts';
import { isManifestPath } from '../manifest-file.ts';
import type { ParsedFile, SecretField } from '../parsed-file.ts';
import { stringAt, valueAt } from '../plain.ts';
import { kindsWithSecrets } from '../secret-fields.ts';
import type { SopsFile } from '../sops-file.ts';

/** Checks of references to values of SOPS files that need no key. */
export function secretChecks(
  index: FleetIndex,
  files: readonly ParsedFile[],
  config: Json | undefined,
): FleetProblem[] {
  const references = kindsWithSecrets.flatMap((kind) => index.byKind[kind].flatMap(sopsReferences));
  if (references.length === 0) return [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  const recipients = recipientsOf(config);
  const warned = new Set<string>();
  return references.flatMap(({ where, field, file, key }): FleetProblem[] => {
    const found = byPath.get(file);
    if (found === undefined) return missingFile(where, field, file, files);
    const { sops } = found;
    if (sops === undefined) return notEncrypted(where, field, found);
    const problems = [...decryptable(field, file, sops), ...valueProblems(field, file, key, sops)];
    if (!warned.has(file)) problems.push(...recipientProblems(field, file, sops, recipients));
    warned.add(file);
    return problems.map((problem) => ({ where, problem }));
  });
}

interface SopsReference {
  readonly where: Located;
  readonly field: SecretField;
  readonly file: string;
  readonly key: string;
}

function sopsReferences(where: Located): readonly SopsReference[] {
  const { secrets } = where.document;
  if (secrets.length === 0) return [];
  return secrets.flatMap((field) => {
    const file = stringAt(field.value, 'sops', 'file');
    const key = stringAt(field.value, 'sops', 'key');
    return file === undefined || key === undefined ? [] : [{ where, field, file, key }];
  });
}

function missingFile(
  where: Located,
  field: SecretField,
  file: string,
  files: readonly ParsedFile[],
): FleetProblem[] {
  // A file that is not among those read may exist.
  if (!isManifestPath(file)) return [];
  const guess = nearest(
    file,
    files.filter(({ sops }) => sops !== undefined).map(({ path }) => path),
  );
  const message = `there is no file ${quoted(file)} in the repository`;
  return [
    {
      where,
      problem: {
        ...at(field, 'file'),
        code: diagnosticCodes.sopsFileMissing,
        message,
        suggestion: didYouMean(guess),
      },
    },
  ];
}

function notEncrypted(where: Located, field: SecretField, file: ParsedFile): FleetProblem[] {
  // An unreadable file is reported separately.
  if (file.documentCount === 0 && file.diagnostics.length > 0) return [];
  const message = `${quoted(file.path)} is not encrypted with SOPS`;
  return [{ where, problem: { ...at(field, 'file'), code: diagnosticCodes.sopsFilePlain, message } }];
}

function decryptable(field: SecretField, file: string, sops: SopsFile): FieldProblem[] {
  const why = sops.keyGroups
    ? 'its key is split over key groups'
    : sops.recipients.length === 0
      ? `it is encrypted to ${sops.otherKeys.join(', ') || 'no key'}, and not to any age key`
      : sops.documents > 1
        ? 'it has several YAML documents'
        : undefined;
  if (why === undefined) return [];
  return [
    {
      ...at(field, 'file'),
      code: diagnosticCodes.sopsNotSupported,
      message: `${quoted(file)} cannot be decrypted: ${why}`,
    },
  ];
}

function valueProblems(field: SecretField, file: string, key: string, { leaves }: SopsFile): FieldProblem[] {
  const where = at(field, 'key');
  const what = `${quoted(key)} in ${quoted(file)}`;
  const leaf = leaves.get(key);
  switch (leaf) {
    case 'text':
      return [];
    case 'clear':
      return [{ ...where, code: diagnosticCodes.sopsValuePlain, message: `${what} is not encrypted` }];
    case 'group':
      return [
        {
          ...where,
          code: diagnosticCodes.sopsValueNotText,
          message: `${what} is a group of values, not text`,
        },
      ];
    case 'number':
      return [
        {
          ...where,
          code: diagnosticCodes.sopsValueNotText,
          message: `${what} is a number or a boolean, not text`,
        },
      ];
    case 'nothing':
      return [{ ...where, code: diagnosticCodes.sopsValueNotText, message: `${what} is empty` }];
    case undefined: {
      const texts = [...leaves].filter(([, kind]) => kind === 'text').map(([name]) => name);
      const suggestion = didYouMean(nearest(key, texts));
      return [
        { ...where, code: diagnosticCodes.sopsKeyUnknown, message: `there is no key ${what}`, suggestion },
      ];
    }
    default:
      return leaf satisfies never;
  }
}

function recipientProblems(
  field: SecretField,
  file: string,
  sops: SopsFile,
  wanted: readonly string[],
): FieldProblem[] {
  const missing = wanted.filter((recipient) => !sops.recipients.includes(recipient));
  if (missing.length === 0 || sops.recipients.length === 0) return [];
  const message = `${quoted(file)} is not encrypted to ${missing.map(shortRecipient).join(', ')}`;
  const suggestion = `sops updatekeys ${file}`;
  return [{ ...at(field, 'file'), code: diagnosticCodes.sopsRecipientsMissing, message, suggestion }];
}

function recipientsOf(config: Json | undefined): readonly string[] {
  const list = config === undefined ? undefined : valueAt(config, 'spec', 'secrets', 'recipients');
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

function at({ path }: SecretField, name: 'file' | 'key') {
  return { path: [...path, 'sops', name], at: 'value' } as const;
}

function didYouMean(guess: string | undefined): string | undefined {
  return guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
}
