import type { DesiredEnvironment } from '../fleet/desired.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { FieldChange } from '../fleet/plan.ts';

/** Changes after which another release is served, or the same one made again. */
const ofRelease = /^(?:code$|wordpress\.(?:version|sha256|plugins|themes)(?:\.|$)|cache\.)/;
const extension = /^wp-content\/(plugins|themes)\/([^/]+)\//;

/**
 * Plugins and themes that somebody copied into the live release and that no manifest describes, if these changes replace the release: they are in no
 * artifact, so they go away. Of a theme only the comparison of code knows, which names the first differing paths.
 */
export function placedByHand(
  { wordpress }: DesiredEnvironment,
  seen: ObservedEnvironment,
  changes: readonly FieldChange[],
): readonly FieldChange[] {
  if (!changes.some(({ field }) => ofRelease.test(field))) return [];
  const described = {
    plugins: slugsOf(seen, 'plugins', wordpress.plugins),
    themes: slugsOf(seen, 'themes', wordpress.themes),
  };
  const compared = (seen.site?.code?.paths ?? []).flatMap((path) => {
    const [, kind, slug] = extension.exec(path) ?? [];
    return (kind === 'plugins' || kind === 'themes') && slug !== undefined ? [{ kind, slug } as const] : [];
  });
  const found = [
    ...Object.keys(seen.plugins).map((slug) => ({ kind: 'plugins', slug }) as const),
    ...compared,
  ]
    // The themes of WordPress itself are in its archive.
    .filter(
      ({ kind, slug }) => !described[kind].has(slug) && !(kind === 'themes' && slug.startsWith('twenty')),
    );
  return [...new Set(found.map(({ kind, slug }) => `wp-content/${kind}/${slug}`))]
    .sort()
    .map((path) => ({ field: `files:${path}`, before: 'placed by hand', after: null }));
}

/** As applied and as wanted: a release that nobody has verified may be live. */
function slugsOf(
  { appliedSpec }: ObservedEnvironment,
  kind: 'plugins' | 'themes',
  wanted: readonly { readonly slug: string }[],
): ReadonlySet<unknown> {
  const applied = ((appliedSpec?.wordpress ?? {}) as Readonly<Record<string, unknown>>)[kind];
  const slugs = Array.isArray(applied)
    ? applied.map((item) => (item as { readonly slug?: unknown } | null)?.slug)
    : [];
  return new Set([...slugs, ...wanted.map(({ slug }) => slug)]);
}
