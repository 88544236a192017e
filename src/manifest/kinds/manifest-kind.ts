import type { FleetConfig } from '../../fleet/config.ts';
import type { DesiredResources } from '../../fleet/desired.ts';
import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import type { KnownFacts } from '../checks/known-facts.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem } from '../fleet-index.ts';
import type { ParsedDocument, ParsedFile } from '../parsed-file.ts';

/** The definition of a kind of manifest; `index.ts` lists the kinds. */
export interface ManifestKind {
  readonly schema: KindSchema;
  /** A field of `spec` that distinguishes the kind from one of another tool, such as the Node of Kubernetes or the Backup of Velero. */
  readonly distinctiveField?: string;
  readonly references: readonly ReferenceField[];
  readonly secrets: readonly SecretPlace[];
  /** Where a field of `spec` is inherited from when the document itself does not have it. */
  readonly inheritsFrom?: Inheritance;
  /** Host names that a document claims; no two resources may claim the same. */
  readonly domains?: (value: Json) => readonly string[];
  readonly documentChecks: readonly DocumentCheck[];
  readonly fleetChecks: readonly FleetCheck[];
  /** Null for the configuration, which is resolved before all other kinds. */
  readonly resolution: Resolution | null;
}

/** JSON Schema (draft-07) of a whole document. */
export type KindSchema = { readonly description: string; readonly [key: string]: unknown };

export interface ReferenceField {
  /** Field of `spec` that holds a name, with dots between nested keys. */
  readonly field: string;
  readonly target: ResourceKind;
  /**
   * `required`: the resource needs its target. `once`: a request that runs once; its target may be removed afterwards. `creation`:
   * read only when the resource is created.
   */
  readonly strength: 'required' | 'once' | 'creation';
  /** See {@link Reference.alternative}. */
  readonly alternative?: string;
}

/** A field that refers to a secret. */
export interface SecretPlace {
  /** Below `spec`; `*` stands for every item of a list. */
  readonly path: readonly string[];
  /** See {@link SecretField.providerToken}. */
  readonly providerToken?: true;
  /** URL of the service that gets it: from the document, and from the mapping that contains the field. Absent if no service does. */
  readonly sentTo?: (value: Json, around: Json | undefined) => string | undefined;
}

export interface Inheritance {
  /** Field of `spec` that refers to the other document. */
  readonly field: string;
  /** The path in the other document that corresponds to `spec`. */
  readonly root: readonly string[];
}

/**
 * A check of one document that a schema cannot express. It depends on nothing else, so it runs once for each content of a file. The
 * value may have failed its schema: a check reads only fields of the right type, so that errors of both are reported together.
 */
export type DocumentCheck = (value: Json, file: string) => readonly FieldProblem[];

/**
 * A check that needs other manifests. `neighbourhood`: its findings about a document depend only on that document, its references
 * (direct or not), the environments of the same node, and the context; it runs again only near changes
 * (`checks/local-findings.ts`). `fleet`: runs over all documents at every load.
 */
export type FleetCheck =
  | {
      readonly scope: 'neighbourhood';
      readonly find: (index: FleetIndex, context: NeighbourhoodContext) => readonly FleetProblem[];
    }
  | {
      readonly scope: 'fleet';
      readonly find: (index: FleetIndex, context: FleetContext) => readonly FleetProblem[];
    };

export interface NeighbourhoodContext {
  /** The configuration; undefined while it is missing or broken, so that missing parts of it are not reported. */
  readonly config: Json | undefined;
  readonly serverTypes: KnownFacts['serverTypes'];
  readonly nodeMemoryMib: KnownFacts['nodeMemoryMib'];
}

export interface FleetContext {
  readonly config: Json | undefined;
  readonly files: readonly ParsedFile[];
  readonly now: KnownFacts['now'];
  readonly domainHolders: KnownFacts['domainHolders'];
}

export type CollectionName = keyof DesiredResources;

/** How a valid document becomes a resource of the desired fleet, and in which collection. */
export type Resolution = {
  [C in CollectionName]: {
    readonly collection: C;
    readonly resolve: (document: ParsedDocument, context: ResolveContext) => ResourceOf<C> | undefined;
  };
}[CollectionName];

type ResourceOf<C extends CollectionName> =
  DesiredResources[C] extends ReadonlyMap<string, infer Resource> ? Resource : never;

export interface ResolveContext {
  readonly config: FleetConfig;
  /**
   * The document that a field of `spec` refers to. The resource is resolved again when one of the documents that it read
   * changes.
   */
  readonly target: (field: string) => ParsedDocument | undefined;
}
