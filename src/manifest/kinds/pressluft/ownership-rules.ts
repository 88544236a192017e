import { configPath } from '../../../fleet/config-path.ts';
import type { Json } from '../../../fleet/digest.ts';
import { namedSite, type OwnershipRule, siteKinds, type TrustLevel } from '../../../fleet/ownership.ts';
import { type ResourceKind, resourceKinds } from '../../../fleet/resource.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem } from '../../fleet-index.ts';
import { stringAt, textsAt, valueAt } from '../../plain.ts';

export interface OwnershipRuleSpec {
  readonly paths: readonly string[];
  readonly level?: TrustLevel;
  readonly sites?: readonly string[];
  readonly kinds?: readonly ResourceKind[];
}

/** The rules of a valid configuration; null if it has none, and every file may hold everything. */
export function resolveOwnership(
  rules: readonly OwnershipRuleSpec[] | undefined,
): readonly OwnershipRule[] | null {
  if (rules === undefined) return null;
  return rules.map(({ paths, level = 'site', sites, kinds }) => ({
    paths,
    level,
    sites: sites ?? (level === 'fleet' ? ['*'] : [namedSite]),
    kinds: kinds ?? (level === 'fleet' ? resourceKinds.filter((kind) => kind !== 'Pressluft') : siteKinds),
  }));
}

/** Rules that can never allow what they say. */
export function ownershipRuleChecks(value: Json): FieldProblem[] {
  const rules = valueAt(value, 'spec', 'ownership');
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: Json, index): FieldProblem[] => {
    const path = ['spec', 'ownership', String(index)];
    return [
      ...namedSiteChecks(rule, path),
      ...(stringAt(rule, 'level') === 'fleet' ? [] : kindChecks(rule, path)),
    ];
  });
}

function namedSiteChecks(rule: Json, path: readonly string[]): FieldProblem[] {
  const sites = textsAt(rule, 'sites').map(([, site]) => site);
  const needsName =
    sites.length === 0 ? stringAt(rule, 'level') !== 'fleet' : sites.every((site) => site === namedSite);
  if (!needsName) return [];
  return textsAt(rule, 'paths')
    .filter(([, glob]) => !glob.includes(namedSite))
    .map(([index, glob]) => ({
      code: diagnosticCodes.ownershipRuleEmpty,
      message: `the path ${quoted(glob)} names no site, so its files may hold no document`,
      path: [...path, 'paths', String(index)],
      at: 'value',
      expected: '{site} in the path, sites: [names], or level: fleet',
    }));
}

function kindChecks(rule: Json, path: readonly string[]): FieldProblem[] {
  const known: readonly string[] = siteKinds;
  return textsAt(rule, 'kinds')
    .filter(([, kind]) => !known.includes(kind))
    .map(([index, kind]) => ({
      code: diagnosticCodes.ownershipRuleEmpty,
      message: `the owner of a site cannot write a document of kind ${quoted(kind)}`,
      path: [...path, 'kinds', String(index)],
      at: 'value',
      expected: `level: fleet, or some of ${siteKinds.join(', ')}`,
    }));
}

/** With a single site there is nobody to protect from another site's owner. */
export function ownershipMissingCheck(index: FleetIndex, config: Json | undefined): FleetProblem[] {
  const where = index.byKind.Pressluft.find(({ file }) => file.path === configPath);
  if (where === undefined || config === undefined || index.byKind.Site.length < 2) return [];
  if (valueAt(config, 'spec', 'ownership') !== undefined) return [];
  const message =
    'every file may describe everything: whoever may change one file can change the whole fleet';
  const expected = 'ownership: which paths may hold the documents of which sites';
  const code = diagnosticCodes.ownershipMissing;
  return [{ where, problem: { code, message, path: ['spec'], at: 'key', expected } }];
}
