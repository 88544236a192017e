import schema from '../../../../schemas/node.schema.json' with { type: 'json' };
import type { Json } from '../../../fleet/digest.ts';
import { timezoneCheck } from '../../checks/schedule-checks.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem } from '../../fleet-index.ts';
import { isObject, stringAt, textsAt, valueAt } from '../../plain.ts';
import { maxSwapMib, parseSizeMib } from '../../resolve/units.ts';
import { isKnownSetting, settingRefusal } from '../environment/setting-rules.ts';
import type { ManifestKind, NeighbourhoodContext } from '../manifest-kind.ts';
import { locationChecks } from '../provider/location-checks.ts';
import { capacityChecks } from './capacity-checks.ts';
import { nodeFieldChecks, nodePhpChecks } from './provider-fit-checks.ts';
import { resolveNode } from './resolve.ts';
import { serverNameChecks } from './server-name-checks.ts';
import { serverTypeChecks } from './server-type-checks.ts';

export const node: ManifestKind = {
  schema,
  distinctiveField: 'provider',
  references: [{ field: 'provider', target: 'Provider', strength: 'required' }],
  secrets: [],
  documentChecks: [valueChecks],
  fleetChecks: [
    { scope: 'neighbourhood', find: nodeFieldChecks },
    { scope: 'neighbourhood', find: nodePhpChecks },
    { scope: 'neighbourhood', find: wpCliChecks },
    { scope: 'neighbourhood', find: snippetPermissionUse },
    {
      scope: 'neighbourhood',
      find: (index, context) => locationChecks(index.byKind.Node, index, context),
    },
    { scope: 'neighbourhood', find: serverTypeChecks },
    { scope: 'neighbourhood', find: capacityChecks },
    { scope: 'fleet', find: serverNameChecks },
  ],
  resolution: { collection: 'nodes', resolve: resolveNode },
};

function valueChecks(value: Json): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const timezone = stringAt(value, 'spec', 'timezone');
  if (timezone !== undefined) problems.push(...timezoneCheck(timezone, ['spec', 'timezone']));
  const swap = parseSizeMib(stringAt(value, 'spec', 'swap') ?? '0') ?? 0;
  if (swap > maxSwapMib) {
    problems.push({
      code: diagnosticCodes.valueOutOfRange,
      message: 'spec.swap is too large',
      path: ['spec', 'swap'],
      at: 'value',
      expected: `at most ${maxSwapMib / 1024}GiB`,
    });
  }
  return [...problems, ...settingPermissions(value)];
}

/** Further settings of environments that the node allows. */
function settingPermissions(value: Json): FieldProblem[] {
  return textsAt(value, 'spec', 'php', 'allowSettings').flatMap(([place, name]): FieldProblem[] => {
    const at = { path: ['spec', 'php', 'allowSettings', String(place)], at: 'value' as const };
    const code = diagnosticCodes.settingPermissionRefused;
    const message = settingRefusal(name);
    if (message !== undefined) return [{ ...at, code, message }];
    if (!isKnownSetting(name)) return [];
    return [{ ...at, code, severity: 'warning', message: `${name} needs no permission` }];
  });
}

/** Nodes run wp-cli, which needs a checksum in the configuration. */
function wpCliChecks(index: FleetIndex, { config }: NeighbourhoodContext): FleetProblem[] {
  const wpCli = valueAt(config, 'spec', 'artifacts', 'wpCli');
  if (config === undefined || (isObject(wpCli) && Object.keys(wpCli).length > 0)) return [];
  return index.byKind.Node.map((where) => {
    const message = `${where.document.ref} cannot be provisioned: no version of wp-cli has a checksum`;
    const expected = 'in pressluft.yaml, at spec.artifacts.wpCli: "<version>": "<output of sha256sum>"';
    const code = diagnosticCodes.checksumMissing;
    return { where, problem: { code, message, path: ['metadata', 'name'], at: 'value', expected } };
  });
}

/** Permissions for snippets of environments that the node does not have. */
function snippetPermissionUse(index: FleetIndex): FleetProblem[] {
  return index.byKind.Node.flatMap((where) => {
    const permitted = textsAt(where.document.value, 'spec', 'nginx', 'allowSnippets');
    if (permitted.length === 0) return [];
    const node = stringAt(where.document.value, 'metadata', 'name');
    const present = index.byKind.Environment.filter(
      ({ document }) => stringAt(document.value, 'spec', 'node') === node,
    ).map(({ document }) => stringAt(document.value, 'metadata', 'name'));
    return permitted
      .filter(([, name]) => !present.includes(name))
      .map(([place, name]): FleetProblem => {
        const message = `${where.document.ref} has no environment ${quoted(name)}`;
        const path = ['spec', 'nginx', 'allowSnippets', String(place)];
        const expected = 'the name of an environment of this node';
        const code = diagnosticCodes.snippetPermissionUnused;
        return { where, problem: { code, message, path, at: 'value', expected } };
      });
  });
}
