import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import { configPath } from '../fleet/config-path.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { Quarantine } from '../fleet/quarantine.ts';
import type { Locate, ResourceKind, SourcePosition } from '../fleet/resource.ts';
import { fleetChecks } from './checks/fleet-checks.ts';
import type { KnownFacts } from './checks/known-facts.ts';
import { type OwnedDocuments, ownedDocuments } from './checks/ownership.ts';
import { diagnosticCodes } from './diagnostics/catalogue.ts';
import { compareDiagnostics, type Diagnostic } from './diagnostics/diagnostic.ts';
import { makeDiagnostic, makeFileDiagnostic } from './diagnostics/make-diagnostic.ts';
import { positionAt } from './diagnostics/source-position.ts';
import { type FleetIndex, type FleetProblem, indexFleet, type Located, referred } from './fleet-index.ts';
import { manifestKinds } from './kinds/index.ts';
import { createLocator, type Locator } from './locator.ts';
import { createManifestCache, type ManifestCache } from './manifest-cache.ts';
import type { ManifestFile } from './manifest-file.ts';
import type { ParsedFile } from './parsed-file.ts';
import { dependentProblems, findQuarantine } from './quarantine.ts';
import { readFiles } from './read-files.ts';
import { resolveFleet } from './resolve/resolve-fleet.ts';
import { pathOf } from './schema/schema-problems.ts';

export interface LoadOptions extends KnownFacts {
  /** Base URL that replaces the default download URLs; see {@link resolveConfig}. */
  readonly artifactMirror?: string;
  /** Parsed files of earlier loads; only what changed is parsed again. Updated in place. */
  readonly cache?: ManifestCache;
  /** Ignore `status/`, `backups/` and `runs/`: for fleets whose status branch is the source branch. */
  readonly ignoreStatusPaths?: boolean;
}

/** A resource that a manifest describes, for lists; broken ones included. */
export interface ManifestResource {
  readonly ref: ResourceRef;
  readonly kind: ResourceKind;
  readonly file: string;
  readonly quarantined: boolean;
}

export interface LoadedFleet {
  /** Absent when pressluft.yaml is missing or broken: then nothing may be changed. */
  readonly fleet: DesiredFleet | undefined;
  /** All findings, by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  readonly resources: readonly ManifestResource[];
  readonly fileCount: number;
  readonly documentCount: number;
}

/**
 * The desired fleet of a commit, and all problems of its manifests. Never throws because of the content of files. Resources of
 * broken files, and their dependents, are left out of the fleet and listed in its quarantine.
 */
export function loadFleet(
  files: readonly ManifestFile[],
  commit: CommitSha,
  options: LoadOptions = {},
): LoadedFleet {
  const cache = options.cache ?? createManifestCache();
  const read = readFiles(files, cache, options.ignoreStatusPaths ?? false);
  const all = indexFleet(read, cache.indexed);
  const config = all.byKind.Pressluft.find(({ file }) => file.path === configPath);
  const owned = ownedDocuments(all, config?.document);
  const { index } = owned;
  const locator = createLocator(cache.places);
  const findings = fleetChecks(index, read, options, { refused: owned.refused, memory: cache.checks });
  const own = [
    ...read.flatMap((file) => file.diagnostics),
    ...[...owned.problems, ...findings.problems].map((found) => locate(locator, found)),
  ];
  if (config === undefined) own.push(missingConfig(read));
  const missing = new Map([...findings.missing].map(([ref, problem]) => [ref, locate(locator, problem)]));
  const refused = new Map(
    [...owned.refused].map(([ref, { where, problem }]) => [
      ref,
      { file: where.file.path, error: problem === undefined ? undefined : locate(locator, problem) },
    ]),
  );
  const found = findQuarantine(index, own, { missing, refused }, read);
  const refusals = owned.refusals.map((problem) => locate(locator, problem));
  const dependents = dependentProblems(index, found).map((problem) => locate(locator, problem));
  const usable = config !== undefined && !found.quarantine.files.has(configPath);
  return {
    fleet: usable
      ? resolveFleet({
          index,
          quarantine: found.quarantine,
          config: config.document,
          commit,
          artifactMirror: options.artifactMirror,
          locate: createLocate(index, locator, owned.refused),
          cache: cache.resolved,
        })
      : undefined,
    diagnostics: [...own, ...refusals, ...dependents].sort(compareDiagnostics),
    resources: [
      ...listResources(index, usable ? found.quarantine : undefined),
      ...[...owned.refused].map(([ref, { where }]) => listed(ref, where, true)),
    ],
    fileCount: read.length,
    documentCount: read.reduce((count, file) => count + file.documentCount, 0),
  };
}

function locate(locator: Locator, { where, problem }: FleetProblem): Diagnostic {
  const { file, document } = where;
  const { path, at, ...rest } = problem;
  const { start, end } = locator(file, document.index, path, at);
  return makeDiagnostic(file.path, file.text ?? '', { ...rest, start, end }, document.ref);
}

function missingConfig(files: readonly ParsedFile[]): Diagnostic {
  const present = files.some((file) => file.path === configPath);
  const message = present
    ? `${configPath} has no manifest of kind Pressluft`
    : `the repository has no ${configPath} at its root`;
  const suggestion =
    files.length === 0
      ? 'restore the files with "git revert" if they were lost; "pressluft init" starts a new repository'
      : undefined;
  const expected = 'apiVersion: pressluft.dev/v1, kind: Pressluft, metadata: { name: <name of the fleet> }';
  return makeFileDiagnostic(configPath, {
    code: diagnosticCodes.configMissing,
    message,
    expected,
    suggestion,
  });
}

/**
 * Where a field of a resource is written. A field that an environment inherits is found in the defaults of its site. A field that is
 * not written anywhere is found at its nearest parent in the resource itself.
 */
function createLocate(index: FleetIndex, locator: Locator, refused: OwnedDocuments['refused']): Locate {
  return (ref: ResourceRef, pointer: string) => {
    const where = index.byRef.get(ref)?.[0] ?? refused.get(ref)?.where;
    if (where === undefined) return undefined;
    const path = pathOf(pointer);
    const own = findField(locator, where, path);
    const { inheritsFrom } = manifestKinds[where.document.kind];
    if (own.depth === path.length || inheritsFrom === undefined || path[0] !== 'spec') return own.position;
    const origin = referred(index, where.document, inheritsFrom.field);
    if (origin === undefined) return own.position;
    const inheritedPath = [...inheritsFrom.root, ...path.slice(1)];
    const inherited = findField(locator, origin, inheritedPath);
    return inherited.depth === inheritedPath.length ? inherited.position : own.position;
  };
}

interface FoundField {
  readonly position: SourcePosition;
  readonly depth: number;
}

function findField(locator: Locator, { file, document }: Located, path: readonly string[]): FoundField {
  // The most frequent question by far, asked for every resource of a new fleet, needs no second parse of the YAML.
  const { start, depth } =
    path.length === 0 ? { start: document.start, depth: 0 } : locator(file, document.index, path, 'key');
  return { position: { file: file.path, ...positionAt(file.text ?? '', start) }, depth };
}

/** `quarantine` is undefined when everything is quarantined. */
function listResources(index: FleetIndex, quarantine: Quarantine | undefined): ManifestResource[] {
  return [...index.byRef].flatMap(([ref, all]) =>
    all.map((where) => listed(ref, where, quarantine === undefined || quarantine.resources.has(ref))),
  );
}

function listed(ref: ResourceRef, { file, document }: Located, quarantined: boolean): ManifestResource {
  return { ref, kind: document.kind, file: file.path, quarantined };
}
