import { isMap, isScalar, isSeq, type Node, parseAllDocuments, type Scalar } from 'yaml';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type SopsFacts, sopsFacts } from '../../fleet/sops.ts';

/** A value of a SOPS file as it is written, encrypted or not. Mappings keep their order: the MAC depends on it. */
export type SopsNode =
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, SopsNode])[] }
  | { readonly kind: 'list'; readonly items: readonly SopsNode[] }
  /** `text` is what SOPS hashes: Go's way to write a number, a boolean or a time. */
  | { readonly kind: 'leaf'; readonly text: string; readonly type: 'str' | 'other' }
  | { readonly kind: 'null' };

export interface SopsDocument {
  readonly facts: SopsFacts;
  readonly root: SopsNode & { readonly kind: 'map' };
  /** Armoured age files with the data key, one for each recipient. */
  readonly dataKeys: readonly { readonly recipient: string; readonly enc: string }[];
  readonly mac: string;
  readonly lastModified: string;
  readonly macOnlyEncrypted: boolean;
}

const maxDepth = 50;

/** Reads a SOPS file in YAML or JSON. Throws PL2033 when it is not one, PL2037 for features of SOPS that are not supported here. */
export function parseSopsDocument(file: string, bytes: Uint8Array): SopsDocument {
  const { contents, plain } = readDocument(file, bytes);
  const facts = sopsFacts(plain);
  if (facts === undefined) throw notSops(file, 'it has no SOPS metadata');
  if (facts.keyGroups) throw unsupported(file, 'its key is split over several key groups');
  if (facts.recipients.length === 0) {
    const others = facts.otherKeys.length === 0 ? 'no key at all' : facts.otherKeys.join(', ');
    throw unsupported(file, `it is encrypted to ${others}, and to no age key`);
  }
  const root = toNode(file, contents, 0);
  if (root.kind !== 'map') throw notSops(file, 'it is no mapping');
  const metadata = metadataOf(plain);
  if (typeof metadata.lastmodified !== 'string' || typeof metadata.mac !== 'string')
    throw notSops(file, 'its SOPS metadata is incomplete');
  const age = Array.isArray(metadata.age) ? (metadata.age as readonly unknown[]) : [];
  return {
    facts,
    root: { kind: 'map', entries: root.entries.filter(([key]) => key !== 'sops') },
    dataKeys: age.flatMap((entry) => {
      const { recipient, enc } = (entry ?? {}) as Readonly<Record<string, unknown>>;
      return typeof recipient === 'string' && typeof enc === 'string' ? [{ recipient, enc }] : [];
    }),
    mac: metadata.mac,
    lastModified: metadata.lastmodified,
    macOnlyEncrypted: metadata.mac_only_encrypted === true,
  };
}

/** JSON is also read as YAML: `JSON.parse` loses the order of keys that look like numbers. */
function readDocument(file: string, bytes: Uint8Array): { contents: Node; plain: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const documents = parseAllDocuments(text, {
      schema: 'core',
      resolveKnownTags: false,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const [document] = documents;
    if (document === undefined || !('contents' in document) || document.contents === null)
      throw notSops(file, 'it is empty');
    if (documents.length > 1 && document.errors.length === 0)
      throw unsupported(file, 'it has several YAML documents');
    if (document.errors.length > 0) throw notSops(file, 'it is no valid YAML or JSON');
    return { contents: document.contents, plain: document.toJS({ maxAliasCount: 0 }) };
  } catch (error) {
    if (error instanceof PressluftError) throw error;
    throw notSops(file, 'it is no valid YAML or JSON');
  }
}

function metadataOf(plain: unknown): Readonly<Record<string, unknown>> {
  return (plain as { readonly sops: Readonly<Record<string, unknown>> }).sops;
}

function toNode(file: string, node: Node | null, depth: number): SopsNode {
  if (depth > maxDepth) throw notSops(file, `it is nested more than ${maxDepth} levels deep`);
  if (node === null) return { kind: 'null' };
  if (isMap(node)) {
    const entries = node.items.map(
      ({ key, value }) =>
        [isScalar(key) ? String(key.value) : '', toNode(file, value as Node | null, depth + 1)] as const,
    );
    return { kind: 'map', entries };
  }
  if (isSeq(node)) {
    return { kind: 'list', items: node.items.map((item) => toNode(file, item as Node | null, depth + 1)) };
  }
  // SOPS writes no aliases, so a file with aliases was changed by hand.
  if (!isScalar(node)) throw notSops(file, 'it has YAML aliases');
  return toLeaf(node);
}

const dateOnly = /^\d{4}-\d\d-\d\d$/;

function toLeaf(node: Scalar): SopsNode {
  const { value, source = '' } = node;
  if (typeof value === 'string') {
    const text = node.type === 'PLAIN' && dateOnly.test(value) ? `${value}T00:00:00Z` : value;
    return { kind: 'leaf', text, type: 'str' };
  }
  if (typeof value === 'boolean') return { kind: 'leaf', text: value ? 'True' : 'False', type: 'other' };
  if (typeof value === 'number') return { kind: 'leaf', text: numberText(value, source), type: 'other' };
  return { kind: 'null' };
}

/** As Go's `strconv.Itoa` and `FormatFloat(x, 'f', -1, 64)` write it: never with an exponent. */
function numberText(value: number, source: string): string {
  if (/^-?(0|[1-9]\d*)$/.test(source)) return source;
  if (Object.is(value, -0)) return '-0';
  const [digits = '', exponent] = String(value).split('e');
  if (exponent === undefined) return digits;
  if (Number(exponent) > 0) return BigInt(value).toString();
  const sign = digits.startsWith('-') ? '-' : '';
  const zeros = '0'.repeat(-Number(exponent) - 1);
  return `${sign}0.${zeros}${digits.replace(/[-.]/g, '')}`;
}

export function notSops(file: string, why: string): PressluftError {
  return new PressluftError(errors.sopsNotSops, `${file.slice(0, 300)} is not a SOPS file: ${why}`, {
    hint: 'Encrypt it with `sops encrypt --in-place`; change every value that was committed unencrypted.',
  });
}

function unsupported(file: string, why: string): PressluftError {
  return new PressluftError(
    errors.sopsUnsupported,
    `${file.slice(0, 300)} cannot be decrypted here: ${why}`,
    {
      hint: 'Encrypt it as one YAML or JSON document to age keys only, without key groups.',
    },
  );
}
