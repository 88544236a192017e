import type { ResourceRef } from '../../fleet/brand.ts';
import type { Json } from '../../fleet/digest.ts';
import { type Ownership, ownershipBy, type PathRights } from '../../fleet/ownership.ts';
import { resourceKinds } from '../../fleet/resource.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import {
  type FleetIndex,
  type FleetProblem,
  type Located,
  nameOf,
  withoutDocuments,
} from '../fleet-index.ts';
import { type OwnershipRuleSpec, resolveOwnership } from '../kinds/pressluft/ownership-rules.ts';
import type { ParsedDocument } from '../parsed-file.ts';
import { isObject, stringAt, valueAt } from '../plain.ts';
import { kindLevels } from '../schema/field-levels.ts';

/** The documents of a fleet that their paths may hold, and the others. */
export interface OwnedDocuments {
  /** Without the refused documents: they describe nothing, claim nothing, and are no duplicates of others. */
  readonly index: FleetIndex;
  /** Of documents that count, like those of every other check. */
  readonly problems: readonly FleetProblem[];
  /** Of refused documents: they say nothing about the rest of their file. */
  readonly refusals: readonly FleetProblem[];
  /** Resources of which there are only refused documents; the first of them, with its problem if it has one of its own. */
  readonly refused: ReadonlyMap<ResourceRef, RefusedDocument>;
}

export interface RefusedDocument {
  readonly where: Located;
  /** Absent for a broken document whose site cannot be read. */
  readonly problem: FleetProblem | undefined;
}

/**
 * Separates the documents that lie where `spec.ownership` of the configuration allows them from the others. A broken document counts as
 * allowed only as far as its site can be read.
 */
export function ownedDocuments(all: FleetIndex, config: ParsedDocument | undefined): OwnedDocuments {
  const rules = config?.valid === true ? valueAt(config.value, 'spec', 'ownership') : undefined;
  if (!Array.isArray(rules)) return { index: all, problems: [], refusals: [], refused: new Map() };
  // The schema was checked.
  const resolved = resolveOwnership(rules as unknown as readonly OwnershipRuleSpec[]) ?? [];
  const rightsAt = rightsByPath(ownershipBy(resolved));
  const outside = new Map<ParsedDocument, RefusedDocument>();
  const refuse = (where: Located, problem: FieldProblem | undefined) =>
    outside.set(where.document, { where, problem: problem === undefined ? undefined : { where, problem } });
  const sites = new Map<ResourceRef, Set<string>>();
  for (const kind of judgedKinds) {
    for (const where of all.byKind[kind]) {
      const rights = rightsAt(where.file.path);
      const found = placeProblem(where, rights) ?? siteProblem(where, rights, sites);
      if (found !== undefined) refuse(where, found === 'unknown' ? undefined : found);
      else if (kind === 'Environment') addSite(sites, where.document);
    }
  }
  const clones = cloneProblems(all, rightsAt, sites, outside);
  for (const { where, problem } of clones) refuse(where, problem);
  const index = withoutDuplicates(withoutDocuments(all, new Set(outside.keys())), rightsAt, outside);
  return {
    index,
    problems: levelProblems(index, rightsAt),
    refusals: [...outside.values()].flatMap(({ problem }) => problem ?? []),
    refused: new Map(
      [...outside.values()]
        .reverse()
        .filter(({ where }) => !index.byRef.has(where.document.ref))
        .map((refused) => [refused.where.document.ref, refused]),
    ),
  };
}

/** Environments come before the requests for them. A configuration elsewhere is reported as misplaced. */
const judgedKinds = resourceKinds
  .filter((kind) => kind !== 'Pressluft')
  .toSorted((a, b) => Number(b === 'Environment') - Number(a === 'Environment'));

/** Most files hold several documents, and are asked about twice. */
function rightsByPath(ownership: Ownership): Ownership {
  const known = new Map<string, PathRights | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, ownership(path));
    return known.get(path);
  };
}

function placeProblem(
  { file, document: { kind } }: Located,
  rights: PathRights | undefined,
): FieldProblem | undefined {
  const at = { code: diagnosticCodes.documentNotOwned, path: ['kind'], at: 'value' } as const;
  if (rights === undefined) {
    const message = `no rule of spec.ownership covers ${quoted(file.path)}, so it may hold no manifest`;
    return { ...at, message, expected: 'a path that a rule covers' };
  }
  const { kinds, level } = rights;
  if (kinds.includes(kind) && (level === 'fleet' || kindLevels[kind].level === 'site')) return undefined;
  const message = `${quoted(file.path)} may not hold a document of kind ${kind}`;
  return { ...at, message, expected: `one of ${kinds.join(', ')}` };
}

/** `unknown`: the document is broken, and says nothing about its site. */
function siteProblem(
  where: Located,
  rights: PathRights | undefined,
  sites: ReadonlyMap<ResourceRef, ReadonlySet<string>>,
): FieldProblem | 'unknown' | undefined {
  if (rights === undefined || rights.sites === 'all') return undefined;
  const { kind, ref, value, references } = where.document;
  switch (kind) {
    case 'Site':
      return rights.sites.includes(nameOf(ref))
        ? undefined
        : otherSite(where, rights, nameOf(ref), 'metadata.name');
    case 'Environment': {
      const site = stringAt(value, 'spec', 'site');
      if (site === undefined) return 'unknown';
      return rights.sites.includes(site) ? undefined : otherSite(where, rights, site, 'spec.site');
    }
    case 'Backup':
    case 'Restore':
    case 'Promotion':
      for (const { field, target } of references) {
        const other = [...(sites.get(target) ?? [])].find((site) => !rights.sites.includes(site));
        if (other !== undefined) return otherSite(where, rights, other, `spec.${field}`);
      }
      return undefined;
    default:
      return undefined;
  }
}

function otherSite(
  { file, document }: Located,
  { sites }: PathRights,
  site: string,
  field: string,
): FieldProblem {
  return {
    code: diagnosticCodes.siteNotOwned,
    message: `${document.ref} is about the site ${quoted(site)}, and ${quoted(file.path)} may not be`,
    path: field.split('.'),
    at: 'value',
    expected: sites === 'all' ? undefined : `something of ${sites.map(quoted).join(', ') || 'no site'}`,
  };
}

function addSite(sites: Map<ResourceRef, Set<string>>, { ref, value }: ParsedDocument): void {
  const site = stringAt(value, 'spec', 'site');
  if (site === undefined) return;
  sites.set(ref, (sites.get(ref) ?? new Set()).add(site));
}

/** A clone has the content and the accounts of its source. */
function cloneProblems(
  all: FleetIndex,
  rightsAt: Ownership,
  sites: ReadonlyMap<ResourceRef, ReadonlySet<string>>,
  outside: ReadonlyMap<ParsedDocument, RefusedDocument>,
): readonly FleetProblem[] {
  return all.byKind.Environment.flatMap((where): FleetProblem[] => {
    const source = where.document.references.find(({ field }) => field === 'source.clone');
    const rights = source === undefined ? undefined : rightsAt(where.file.path);
    if (source === undefined || rights === undefined || outside.has(where.document)) return [];
    const other = [...(sites.get(source.target) ?? [])].find(
      (site) => rights.sites !== 'all' && !rights.sites.includes(site),
    );
    return other === undefined
      ? []
      : [{ where, problem: otherSite(where, rights, other, 'spec.source.clone') }];
  });
}

/** Of several documents of a resource, those of the fleet owner stand, and those of site owners are refused. */
function withoutDuplicates(
  index: FleetIndex,
  rightsAt: Ownership,
  outside: Map<ParsedDocument, RefusedDocument>,
): FleetIndex {
  const refused = new Set<ParsedDocument>();
  for (const [ref, all] of index.byRef) {
    const ofFleet =
      all.length < 2 ? undefined : all.find(({ file }) => rightsAt(file.path)?.level === 'fleet');
    if (ofFleet === undefined) continue;
    for (const where of all.filter(({ file }) => rightsAt(file.path)?.level === 'site')) {
      const message = `${ref} is defined in ${quoted(ofFleet.file.path)}, which the fleet owner writes`;
      const problem = {
        code: diagnosticCodes.resourceDuplicate,
        message,
        path: ['metadata', 'name'],
        at: 'value',
      } as const;
      outside.set(where.document, { where, problem: { where, problem } });
      refused.add(where.document);
    }
  }
  return withoutDocuments(index, refused);
}

/** Fields that only the fleet owner may write, in documents that others write. */
function levelProblems(index: FleetIndex, rightsAt: Ownership): readonly FleetProblem[] {
  return resourceKinds.flatMap((kind) => {
    const { fleetFields } = kindLevels[kind];
    if (fleetFields.length === 0) return [];
    return index.byKind[kind].flatMap((where): FleetProblem[] => {
      if (rightsAt(where.file.path)?.level !== 'site') return [];
      return fleetFields
        .flatMap((field) => writtenAt(where.document.value, field))
        .map((path) => {
          const message = `${quoted(path.slice(path[0] === 'spec' ? 1 : 0).join('.'))} is set by the fleet owner only`;
          const expected = `no such field in ${quoted(where.file.path)}`;
          return {
            where,
            problem: { code: diagnosticCodes.fieldNotOwned, message, path, at: 'key', expected },
          };
        });
    });
  });
}

/** The places of a field that a document has; `*` stands for every entry of a list or mapping. */
function writtenAt(value: Json | undefined, field: readonly string[]): readonly (readonly string[])[] {
  const [key, ...rest] = field;
  if (key === undefined) return value === undefined ? [] : [[]];
  const keys =
    key !== '*'
      ? [key]
      : Array.isArray(value)
        ? [...value.keys()].map(String)
        : isObject(value)
          ? Object.keys(value)
          : [];
  return keys.flatMap((name) => {
    const child: Json | undefined = Array.isArray(value) ? value[Number(name)] : valueAt(value, name);
    return writtenAt(child, rest).map((path) => [name, ...path]);
  });
}
