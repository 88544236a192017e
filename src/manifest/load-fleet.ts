import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import { fleetChecks } from './checks/fleet-checks.ts';
import type { KnownFacts } from './checks/known-facts.ts';
import { diagnosticCodes } from './diagnostics/catalogue.ts';
import { compareDiagnostics, type Diagnostic, isError } from './diagnostics/diagnostic.ts';
import { makeDiagnostic, makeFileDiagnostic } from './diagnostics/make-diagnostic.ts';
import { type FleetIndex, type FleetProblem, indexFleet } from './fleet-index.ts';
import { createLocate } from './locate.ts';
import { createLocator, type Locator } from './locator.ts';
import { createManifestCache, type ManifestCache } from './manifest-cache.ts';
import { configPath, type ManifestFile } from './manifest-file.ts';
import type { ParsedFile } from './parsed-file.ts';
import { findQuarantine, waitingProblems } from './quarantine.ts';
import { readFiles } from './read-files.ts';
import { resolveFleet } from './resolve/resolve-fleet.ts';

export interface LoadOptions extends KnownFacts {
  /** Base URL that replaces the default download URLs; see {@link resolveConfig}. */
  readonly artifactMirror?: string;
  /** Parsed files of earlier loads; only what changed is parsed again. Updated in place. */
  readonly cache?: ManifestCache;
  /** Ignore `status/`, `backups/` and `runs/`: for fleets whose status branch is the source branch. */
  readonly ignoreStatusPaths?: boolean;
}

/** A resource as it is written, for lists: broken ones included. */
export interface ManifestResource {
  readonly ref: ResourceRef;
  readonly kind: ResourceKind;
  readonly file: string;
  readonly onHold: boolean;
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
 * The desired fleet of a commit, with everything that is wrong with its manifests. Never throws for what the files hold.
 * What a broken file describes, and what depends on it, is left out of the fleet and named in its quarantine.
 */
export function loadFleet(
  files: readonly ManifestFile[],
  commit: CommitSha,
  options: LoadOptions = {},
): LoadedFleet {
  const cache = options.cache ?? createManifestCache();
  const read = readFiles(files, cache, options.ignoreStatusPaths ?? false);
  const index = indexFleet(read, cache.indexed);
  const locator = createLocator(cache.places);
  const findings = fleetChecks(index, read, options, cache.checks);
  const own = [
    ...read.flatMap((file) => file.diagnostics),
    ...findings.problems.map((found) => locate(locator, found)),
  ];
  const config = index.byKind.Pressluft.find(({ file }) => file.path === configPath);
  if (config === undefined) own.push(missingConfig(read));
  const brokenFiles = new Set(own.filter(isError).map((diagnostic) => diagnostic.file));
  const held = findQuarantine(index, brokenFiles, findings.missing, strangersAmong(read));
  const waiting = waitingProblems(index, held).map((found) => locate(locator, found));
  const usable = config !== undefined && !brokenFiles.has(configPath);
  return {
    fleet: usable
      ? resolveFleet({
          index,
          quarantine: held.quarantine,
          config: config.document,
          commit,
          artifactMirror: options.artifactMirror,
          locate: createLocate(index, locator),
          cache: cache.resolved,
        })
      : undefined,
    diagnostics: [...own, ...waiting].sort(compareDiagnostics),
    resources: listResources(index, usable ? held.quarantine.resources : undefined),
    fileCount: read.length,
    documentCount: read.reduce((count, file) => count + file.documentCount, 0),
  };
}

function strangersAmong(files: readonly ParsedFile[]): ReadonlySet<string> {
  const strange = files.filter(({ documents, text }) => documents.length === 0 && hasContent(text ?? ''));
  return new Set(strange.map(({ path }) => path));
}

/** Whether YAML has anything but blanks, comments and the marks between documents. */
function hasContent(text: string): boolean {
  return text.split('\n').some((line) => !/^\s*(#|$)|^(---|\.\.\.)\s*(#|$)/.test(line));
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
  const suggestion = files.length === 0 ? 'run "pressluft init" to start a repository' : undefined;
  const expected = 'apiVersion: pressluft.dev/v1, kind: Pressluft, metadata: { name: <name of the fleet> }';
  return makeFileDiagnostic(configPath, {
    code: diagnosticCodes.configMissing,
    message,
    expected,
    suggestion,
  });
}

/** `held` is undefined when everything is on hold. */
function listResources(index: FleetIndex, held: ReadonlySet<ResourceRef> | undefined): ManifestResource[] {
  return [...index.byRef].flatMap(([ref, all]) =>
    all.map(({ file, document }) => ({
      ref,
      kind: document.kind,
      file: file.path,
      onHold: held === undefined || held.has(ref),
    })),
  );
}
