import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import type { FileLoss } from '../fleet/quarantine.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import type { SopsFile } from './sops-file.ts';

/** The result of one file alone. Depends on its path and bytes only, so it can be cached by oid. */
export interface ParsedFile {
  readonly path: string;
  /** Absent when the file is not text. */
  readonly text: string | undefined;
  readonly documentCount: number;
  /** Resources whose identity could be read, broken ones included. */
  readonly documents: readonly ParsedDocument[];
  readonly diagnostics: readonly Diagnostic[];
  /** Why a document that is missing from it may have been lost; absent if it was taken out. */
  readonly loss?: FileLoss;
  /** Present when it is a SOPS file. */
  readonly sops?: SopsFile;
}

export interface ParsedDocument {
  /** Index among the YAML documents of the file. */
  readonly index: number;
  readonly kind: ResourceKind;
  readonly ref: ResourceRef;
  /** Offset in the text of the file: the place of the manifest itself. */
  readonly start: number;
  /** As read; its types are reliable only when `valid`. */
  readonly value: Json;
  readonly valid: boolean;
  readonly references: readonly Reference[];
  /** Host names that it claims. */
  readonly domains: readonly string[];
  readonly secrets: readonly SecretField[];
}

export interface Reference {
  /** Field of `spec` that holds the name, with dots between nested keys: `node`, `backups.policy`. */
  readonly field: string;
  readonly target: ResourceRef;
  readonly targetKind: ResourceKind;
  /** The resource is quarantined while its target is. */
  readonly quarantinedWithTarget: boolean;
  /** A target without a manifest is not removed: it may have been renamed by mistake, and this resource needs it. */
  readonly shields: boolean;
  /** What to do if the target was removed on purpose: continues "the name of an Environment manifest". */
  readonly alternative: string;
}

export interface SecretField {
  readonly path: readonly string[];
  /** As read; may not have the form of a reference. */
  readonly value: Json;
  /** The token of a provider may also be in a variable that begins with HCLOUD_. */
  readonly providerToken: boolean;
  /** Below `spec`, with dots between the keys and `*` for the entries of a list. */
  readonly name: string;
  /** Host with port that it is sent to; null if it is sent to none. */
  readonly sentTo: string | null;
}
