import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import { parseResourceRef, type ResourceKind, resourceKinds } from '../fleet/resource.ts';
import { diagnosticCodes } from './diagnostics/catalogue.ts';
import { nearest } from './diagnostics/nearest.ts';
import { quoted } from './diagnostics/printable.ts';
import type { FieldProblem } from './diagnostics/problem.ts';
import { manifestKinds } from './kinds/index.ts';
import { isObject, stringAt, valueAt } from './plain.ts';

export const apiVersion = 'pressluft.dev/v1';

/** What a document is, by its envelope: no manifest, one of another tool, a broken one of ours, or a resource. */
export type Envelope =
  | { readonly kind: 'none' }
  | { readonly kind: 'foreign'; readonly problem: FieldProblem }
  | { readonly kind: 'broken'; readonly problem: FieldProblem }
  | { readonly kind: 'resource'; readonly resourceKind: ResourceKind; readonly ref: ResourceRef | undefined };

/**
 * When in doubt a document is ours: a manifest with damaged first lines must be reported. Taken for a foreign document, it would
 * look as if its resource had been removed.
 */
export function readEnvelope(value: Json, source: () => string): Envelope {
  if (!isObject(value)) return notAMapping(value, source);
  const version = valueAt(value, 'apiVersion');
  const kind = stringAt(value, 'kind');
  if (version === undefined) return withoutVersion(value, kind);
  if (version !== apiVersion) return otherVersion(value, version, kind);
  if (!Object.hasOwn(value, 'kind'))
    return broken(diagnosticCodes.envelopeIncomplete, 'the manifest has no kind', [], kindsInWords());
  const known = resourceKinds.find((candidate) => candidate === kind);
  if (known !== undefined) return { kind: 'resource', resourceKind: known, ref: refOf(known, value) };
  const message = `unknown kind ${quoted(value.kind)}`;
  return broken(
    diagnosticCodes.kindUnknown,
    message,
    ['kind'],
    kindsInWords(),
    nearest(kind ?? '', resourceKinds),
  );
}

const ourKindLine = new RegExp(`^[\\s-]*kind: *(${resourceKinds.join('|')})\\b`, 'm');

function notAMapping(value: Json, source: () => string): Envelope {
  if (value === null) return { kind: 'none' };
  const text = source();
  if (!text.includes(apiVersion) && !ourKindLine.test(text)) return { kind: 'none' };
  return broken(
    diagnosticCodes.envelopeIncomplete,
    'the manifest is not a mapping',
    [],
    `apiVersion: ${apiVersion}`,
  );
}

function withoutVersion(value: Json, kind: string | undefined): Envelope {
  const known: readonly string[] = resourceKinds;
  const ourKind = kind !== undefined && (known.includes(kind) || nearest(kind, known) !== undefined);
  if (!ourKind && !hasManifestShape(value)) return { kind: 'none' };
  return broken(
    diagnosticCodes.envelopeIncomplete,
    'the manifest has no apiVersion',
    [],
    `apiVersion: ${apiVersion}`,
  );
}

/** The form in which tools with the same envelope write it, e.g. `v1` or `apps/v1`. */
const groupVersion = /^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/;

function otherVersion(value: Json, version: Json, kind: string | undefined): Envelope {
  if (isOurs(value, version, kind)) {
    const message = `unknown apiVersion ${quoted(version)}; this version of Pressluft reads ${apiVersion}`;
    return broken(diagnosticCodes.apiVersionUnknown, message, ['apiVersion'], apiVersion, apiVersion);
  }
  const what = quoted(valueAt(value, 'kind') ?? 'a document');
  const message = `ignored: ${what} of ${quoted(version)} is not a manifest of Pressluft`;
  return {
    kind: 'foreign',
    problem: { code: diagnosticCodes.foreignDocument, message, path: ['apiVersion'], at: 'value' },
  };
}

function isOurs(value: Json, version: Json, kind: string | undefined): boolean {
  const ourKind = resourceKinds.find((known) => known === kind);
  if (typeof version !== 'string') return ourKind !== undefined || hasManifestShape(value);
  const group = version.split('/')[0] ?? '';
  if (/pressluft/i.test(version) || nearest(group, ['pressluft.dev']) !== undefined) return true;
  if (!groupVersion.test(version)) return true;
  if (ourKind === undefined) return false;
  const { distinctiveField } = manifestKinds[ourKind];
  return distinctiveField === undefined || valueAt(value, 'spec', distinctiveField) !== undefined;
}

function hasManifestShape(value: Json): boolean {
  return isObject(valueAt(value, 'metadata')) && isObject(valueAt(value, 'spec'));
}

function broken(
  code: FieldProblem['code'],
  message: string,
  path: readonly string[],
  expected: string,
  guess?: string,
): Envelope {
  const suggestion = guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
  return { kind: 'broken', problem: { code, message, path, at: 'value', expected, suggestion } };
}

function refOf(kind: ResourceKind, value: Json): ResourceRef | undefined {
  const name = stringAt(value, 'metadata', 'name');
  if (name === undefined || name.length > 63) return undefined;
  return parseResourceRef(`${kind.toLowerCase()}/${name}`)?.ref;
}

function kindsInWords(): string {
  return `one of ${resourceKinds.join(', ')}`;
}
