import type { FieldChange, Undo } from '../fleet/plan.ts';
import { riskOfField } from './risk.ts';
import { compareVersions } from './versions.ts';

/** Also of what is made new: before it there was nothing, and a revert leads back to that. */
export const byRevert: Undo = { byRevert: true, lost: null, restorePoint: null };

export function lost(what: string): Undo {
  return { byRevert: false, lost: what, restorePoint: null };
}

/** What reverting these changes of an environment leaves behind. */
export function undoOfChanges(changes: readonly FieldChange[]): Undo {
  const harmful = changes.filter(
    ({ field }) => riskOfField(field) === 'data' && !followsVersion(field, changes),
  );
  const left = [...new Set(harmful.map(leftBehind))];
  return left.length === 0 ? byRevert : lost(left.join('; '));
}

/** Another version brings another archive, which is not worth a word of its own. */
function followsVersion(field: string, changes: readonly FieldChange[]): boolean {
  if (!field.endsWith('.sha256')) return false;
  const version = field.replace(/sha256$/, 'version');
  return changes.some((change) => change.field === version);
}

function leftBehind({ field, before, after }: FieldChange): string {
  if (field === 'wordpress.version') return leftByWordPress(before, after);
  if (field === 'wordpress.sha256') return 'database changes of the other WordPress archive stay';
  if (field === 'site_url') return `content written meanwhile keeps the address ${shown(after)}`;
  const plugin = /^wordpress\.plugins\.([^.]+)(?:\.(.+))?$/.exec(field);
  if (plugin === null) return `data changed under ${field} stay`;
  const [, slug = '', member] = plugin;
  if (member === 'active') return `what plugin ${slug} does to the database when it is switched stays`;
  if (member !== undefined)
    return `database changes of plugin ${slug} ${member === 'version' ? shown(after) : ''} stay`.replace(
      '  ',
      ' ',
    );
  if (before === null) return `tables and options that plugin ${slug} makes stay`;
  return `what plugin ${slug} removes when it is switched off stays removed`;
}

/**
 * WordPress goes from any version to a newer one in one step and changes its database on the way; it has no way back
 * (https://developer.wordpress.org/advanced-administration/upgrade/upgrading/). Older code on a newer database mostly works, so a way down
 * is allowed, says what it leaves behind, and is preceded by a restore point like the way up.
 */
function leftByWordPress(before: unknown, after: unknown): string {
  const [from, to] = [shown(before), shown(after)];
  return typeof before === 'string' && typeof after === 'string' && compareVersions(after, before) < 0
    ? `the database keeps the form that WordPress ${from} gave it, which WordPress ${to} was not made for`
    : `database changes of WordPress ${to} stay, a revert puts back the code of ${from} only`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? 'none' : JSON.stringify(value);
}
