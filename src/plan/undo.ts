import type { FieldChange, Undo } from '../fleet/plan.ts';
import { riskOfField } from './risk.ts';
import { compareVersions } from './versions.ts';

/** Also for created resources: a revert returns to the state without them. */
export const byRevert: Undo = { byRevert: true, lost: null, restorePoint: null };

export function lost(what: string): Undo {
  return { byRevert: false, lost: what, restorePoint: null };
}

/** Undo information for changes of an environment: what remains after a revert. */
export function undoOfChanges(changes: readonly FieldChange[]): Undo {
  const harmful = changes.filter(
    ({ field }) =>
      field.startsWith('files:') || (riskOfField(field) === 'data' && !followsVersion(field, changes)),
  );
  const left = [...new Set(harmful.map(leftBehind))];
  return left.length === 0 ? byRevert : lost(left.join('; '));
}

/** Another version always has another checksum, which needs no separate message. */
function followsVersion(field: string, changes: readonly FieldChange[]): boolean {
  if (!field.endsWith('.sha256')) return false;
  const version = field.replace(/sha256$/, 'version');
  return changes.some((change) => change.field === version);
}

function leftBehind({ field, before, after }: FieldChange): string {
  if (field.startsWith('files:'))
    return `${field.slice('files:'.length)}, which is in no artifact, is removed`;
  if (field === 'wordpress.version') return leftByWordPress(before, after);
  if (field === 'wordpress.sha256') return 'database changes of the other WordPress archive remain';
  if (field === 'site_url') return `content written in the meantime keeps the address ${shown(after)}`;
  const plugin = /^wordpress\.plugins\.([^.]+)(?:\.(.+))?$/.exec(field);
  if (plugin === null) return `data changed through ${field} remains`;
  const [, slug = '', member] = plugin;
  if (member === 'active') return `database changes of plugin ${slug} on activation or deactivation remain`;
  if (member !== undefined)
    return `database changes of plugin ${slug} ${member === 'version' ? shown(after) : ''} remain`.replace(
      '  ',
      ' ',
    );
  if (before === null) return `tables and options that plugin ${slug} creates remain`;
  return `data that plugin ${slug} removes on deactivation is not restored`;
}

/**
 * WordPress upgrades from any version to a newer one in one step and changes its database; downgrades are not supported
 * (https://developer.wordpress.org/advanced-administration/upgrade/upgrading/). Older code on a newer database usually works, so a downgrade
 * is allowed, reports what remains, and gets a restore point like an upgrade.
 */
function leftByWordPress(before: unknown, after: unknown): string {
  const [from, to] = [shown(before), shown(after)];
  return typeof before === 'string' && typeof after === 'string' && compareVersions(after, before) < 0
    ? `the database keeps the schema of WordPress ${from}, which WordPress ${to} does not support`
    : `database changes of WordPress ${to} remain; a revert restores only the code of ${from}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? 'none' : JSON.stringify(value);
}
