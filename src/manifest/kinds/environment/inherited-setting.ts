import type { Json } from '../../../fleet/digest.ts';
import { type FleetIndex, type Located, referred } from '../../fleet-index.ts';
import { valueAt } from '../../plain.ts';

/** A setting of an environment: its own, or else the default of its site. */
export function inheritedSetting(
  index: FleetIndex,
  { document }: Located,
  ...path: readonly string[]
): Json | undefined {
  const own = valueAt(document.value, 'spec', ...path);
  if (own !== undefined) return own;
  const site = referred(index, document, 'site');
  return site === undefined ? undefined : valueAt(site.document.value, 'spec', 'defaults', ...path);
}

/** Undefined when the site is not known, because its defaults may name one. */
export function hasBackupPolicy(index: FleetIndex, environment: Located): boolean | undefined {
  const policy = inheritedSetting(index, environment, 'backups', 'policy');
  if (policy !== undefined) return policy !== false;
  return referred(index, environment.document, 'site') === undefined ? undefined : false;
}
