import type { Json } from '../../../fleet/digest.ts';
import { stringAt, textsAt, valueAt } from '../../plain.ts';

export interface ClaimedDomain {
  readonly domain: string;
  readonly path: readonly string[];
}

/** Every host name that an environment serves or redirects, with its place. */
export function claimedDomains(value: Json): ClaimedDomain[] {
  const root = ['spec', 'domains'];
  const claimed: ClaimedDomain[] = [];
  const primary = stringAt(value, ...root, 'primary');
  if (primary !== undefined) claimed.push({ domain: primary, path: [...root, 'primary'] });
  for (const [index, alias] of textsAt(value, ...root, 'aliases')) {
    claimed.push({ domain: alias, path: [...root, 'aliases', String(index)] });
  }
  const redirects = valueAt(value, ...root, 'redirects');
  for (const [index, redirect] of (Array.isArray(redirects) ? redirects : []).entries()) {
    const from = stringAt(redirect, 'from');
    if (from === undefined || from.startsWith('/')) continue;
    claimed.push({ domain: from, path: [...root, 'redirects', String(index), 'from'] });
  }
  return claimed;
}
