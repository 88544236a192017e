import common from '../../../../schemas/common.schema.json' with { type: 'json' };
import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FleetProblem, Located } from '../../fleet-index.ts';
import { entriesAt, stringAt, valueAt } from '../../plain.ts';

/** Every pinned version must have a checksum in the configuration. Reported at the pin, with the line to add. `root`: the WordPress settings. */
export function pinChecks(
  all: readonly Located[],
  root: readonly string[],
  config: Json | undefined,
): FleetProblem[] {
  if (config === undefined) return [];
  const artifacts = valueAt(config, 'spec', 'artifacts') ?? {};
  return all.flatMap((where) => pinsOf(where, root, artifacts));
}

function pinsOf(where: Located, root: readonly string[], artifacts: Json): FleetProblem[] {
  const settings = valueAt(where.document.value, ...root);
  const version = stringAt(settings, 'version');
  const core =
    version === undefined ? [] : pinCheck(where, artifacts, [...root, 'version'], ['wordpress'], version);
  const packages = (['plugins', 'themes'] as const).flatMap((group) =>
    entriesAt(settings, group).flatMap(([slug, pin]) => {
      const text = typeof pin === 'string' ? pin : stringAt(pin, 'version');
      const field = typeof pin === 'string' ? [group, slug] : [group, slug, 'version'];
      return text === undefined ? [] : pinCheck(where, artifacts, [...root, ...field], [group, slug], text);
    }),
  );
  return [...core, ...packages];
}

/** The schemas report versions of another form. */
const wordpressVersion = new RegExp(common.definitions.wordpressVersion.pattern, 'u');
const packageVersion = new RegExp(common.definitions.packageVersion.pattern, 'u');

function pinCheck(
  where: Located,
  artifacts: Json,
  path: readonly string[],
  group: readonly string[],
  version: string,
): FleetProblem[] {
  const known = entriesAt(artifacts, ...group).map(([key]) => key);
  const exact = group[0] === 'wordpress' ? wordpressVersion : packageVersion;
  if (known.includes(version) || !exact.test(version)) return [];
  const place = ['spec', 'artifacts', ...group].join('.');
  return [
    {
      where,
      problem: {
        code: diagnosticCodes.checksumMissing,
        message: `no checksum is known for ${group.join(' ')} ${version}`,
        path,
        at: 'value',
        expected: `in pressluft.yaml, at ${place}: ${quoted(version)}: "<output of sha256sum>"`,
        suggestion: known.length === 0 ? otherSlug(artifacts, group) : otherVersions(known),
      },
    },
  ];
}

function otherVersions(known: readonly string[]): string {
  return `there are checksums for ${known.slice(0, 5).join(', ')}`;
}

/** A plugin or theme with a similar name. */
function otherSlug(artifacts: Json, [kind = '', slug]: readonly string[]): string | undefined {
  if (slug === undefined) return undefined;
  const guess = nearest(
    slug,
    entriesAt(artifacts, kind).map(([known]) => known),
  );
  return guess === undefined ? undefined : `there are checksums for ${kind} ${guess}`;
}
