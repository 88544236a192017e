import { configPath } from './config-path.ts';
import { type ResourceKind, resourceKinds } from './resource.ts';

/** Who may write something: the owner of the fleet, or also the owner of a site. */
export const trustLevels = ['fleet', 'site'] as const;
export type TrustLevel = (typeof trustLevels)[number];

/** The kinds that the owner of a site may write; their schemas say the same. */
export const siteKinds = [
  'Site',
  'Environment',
  'Backup',
  'Restore',
  'Promotion',
] as const satisfies readonly ResourceKind[];

/** Which documents the files of some paths may hold: one entry of `spec.ownership`. */
export interface OwnershipRule {
  /** Patterns with `*`, `**` and at most one `{site}`. */
  readonly paths: readonly string[];
  readonly level: TrustLevel;
  /** Names of sites, `{site}` for the one that the path names, `*` for all. */
  readonly sites: readonly string[];
  readonly kinds: readonly ResourceKind[];
}

/** What the documents of one file may be. */
export interface PathRights {
  readonly level: TrustLevel;
  readonly kinds: readonly ResourceKind[];
  readonly sites: readonly string[] | 'all';
}

/** The rights of a path; undefined for a path that no rule covers, whose files may hold nothing. */
export type Ownership = (path: string) => PathRights | undefined;

/** As in a CODEOWNERS file, the last rule that matches a path counts. The file with the rules is the fleet owner's. */
export function ownershipBy(rules: readonly OwnershipRule[]): Ownership {
  const compiled = rules.map((rule) => ({ ...rule, patterns: rule.paths.map(patternOf) })).reverse();
  const ofFleet: PathRights = { level: 'fleet', kinds: resourceKinds, sites: 'all' };
  return (path) => {
    if (path === configPath) return ofFleet;
    for (const { patterns, level, kinds, sites } of compiled) {
      for (const pattern of patterns) {
        const match = pattern.exec(path);
        if (match === null) continue;
        if (sites.includes('*')) return { level, kinds, sites: 'all' };
        const named = match.groups?.site;
        const names = sites.filter((site) => site !== namedSite);
        return {
          level,
          kinds,
          sites: named === undefined || !sites.includes(namedSite) ? names : [...names, named],
        };
      }
    }
    return undefined;
  };
}

/** Stands for the site that a path names. */
export const namedSite = '{site}';

/** Whether a document of a kind that was in a file with the rights `before` may be in one with the rights `now`. */
export function mayMove(
  kind: ResourceKind,
  before: PathRights | undefined,
  now: PathRights | undefined,
): boolean {
  if (now === undefined || !now.kinds.includes(kind)) return false;
  if (before === undefined || before.sites === 'all' || now.sites === 'all') return true;
  return before.sites.some((site) => now.sites.includes(site));
}

function patternOf(glob: string): RegExp {
  const source = glob.replace(/\{site\}|\*\*\/|\*\*|\*|[\\^$.*+?()[\]{}|/-]/g, (part) => {
    switch (part) {
      case namedSite:
        return '(?<site>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)';
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      default:
        return `\\${part}`;
    }
  });
  return new RegExp(`^${source}$`, 's');
}
