import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, type Located, referred } from '../../fleet-index.ts';
import { isObject, stringAt, textsAt, valueAt } from '../../plain.ts';
import type { NeighbourhoodContext } from '../manifest-kind.ts';
import { cloudTypeOf, providerTypeOf } from '../provider/types/index.ts';

/** Fields of a node by where its machine comes from. */
const nodeFields = {
  acquired: { required: ['serverType'], foreign: ['address', 'port', 'user', 'hostKey'] },
  existing: { required: ['address', 'hostKey'], foreign: ['serverType', 'location', 'image'] },
} as const;

/** PHP versions that a distribution offers without a further APT source: https://packages.debian.org/search?keywords=php-fpm */
const phpOfImage: Readonly<Record<string, string>> = {
  'debian-11': '7.4',
  'debian-12': '8.2',
  'debian-13': '8.4',
};

/** Fields of a node against the type of its provider. */
export function nodeFieldChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Node.flatMap((where) => {
    const provider = referred(index, where.document, 'provider');
    const type = providerTypeOf(provider?.document.value);
    const spec = valueAt(where.document.value, 'spec');
    if (type === undefined || !isObject(spec)) return [];
    const name = stringAt(provider?.document.value, 'spec', 'type');
    const fields = nodeFields[type.machines];
    const foreign = fields.foreign.filter((field) => Object.hasOwn(spec, field));
    const absent = fields.required.filter((field) => !Object.hasOwn(spec, field));
    return [
      ...foreign.map((field) =>
        misfit(where, `${field} does not apply to nodes of a ${name} provider`, ['spec', field]),
      ),
      ...absent.map((field) => misfit(where, `a node of a ${name} provider needs ${field}`, ['spec'])),
    ];
  });
}

function misfit(where: Located, message: string, path: readonly string[]): FleetProblem {
  return { where, problem: { code: diagnosticCodes.fieldNotOfProvider, message, path, at: 'key' } };
}

/** PHP of a node against its distribution. Static nodes may run any distribution, so they are not checked. */
export function nodePhpChecks(index: FleetIndex, { config }: NeighbourhoodContext): FleetProblem[] {
  if (config === undefined || isObject(valueAt(config, 'spec', 'phpAptSource'))) return [];
  return index.byKind.Node.flatMap((where) => {
    const { value } = where.document;
    const type = cloudTypeOf(referred(index, where.document, 'provider')?.document.value);
    if (type === undefined) return [];
    const image = stringAt(value, 'spec', 'image') ?? type.image;
    const offered = Object.hasOwn(phpOfImage, image) ? phpOfImage[image] : undefined;
    if (offered === undefined) return [];
    return textsAt(value, 'spec', 'php', 'versions')
      .filter(([, version]) => version !== offered)
      .map(([item, version]) => ({
        where,
        problem: {
          code: diagnosticCodes.phpVersionUnavailable,
          message: `${image} has no PHP ${quoted(version)}`,
          path: ['spec', 'php', 'versions', String(item)],
          at: 'value' as const,
          expected: `"${offered}", or spec.phpAptSource in pressluft.yaml`,
        },
      }));
  });
}
