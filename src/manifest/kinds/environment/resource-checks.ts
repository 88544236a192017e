import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { type FleetIndex, type FleetProblem, referred } from '../../fleet-index.ts';
import { valueAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseMemoryMib, parseSizeMib } from '../../resolve/units.ts';
import { inheritedSetting } from './inherited-setting.ts';

/** The master, its code cache (WordPress alone fills 23 MiB) and what a worker needs beside its heap. */
const besideOneRequestMib = 128;

/** Memory of an environment, its own or inherited, against the memory limit of its PHP. */
export function resourceChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where): FleetProblem[] => {
    if (referred(index, where.document, 'site') === undefined) return [];
    const memory = mibOf(parseSizeMib, inheritedSetting(index, where, 'resources', 'memory'));
    const limit = mibOf(
      parseMemoryMib,
      inheritedSetting(index, where, 'php', 'memoryLimit') ?? systemDefaults.memoryLimit,
    );
    if (memory === undefined || limit === undefined || memory >= limit + besideOneRequestMib) return [];
    const own = valueAt(where.document.value, 'spec', 'resources', 'memory') !== undefined;
    return [
      {
        where,
        problem: {
          code: diagnosticCodes.memoryBelowOneRequest,
          message: `${memory} MiB for all processes of ${where.document.ref} are too few for one request with the memory limit of ${limit} MiB`,
          path: own ? ['spec', 'resources', 'memory'] : ['spec'],
          at: 'value',
          expected: `at least ${limit + besideOneRequestMib}MiB${own ? '' : ' in the defaults of the site, or a smaller php.memoryLimit'}`,
        },
      },
    ];
  });
}

function mibOf(parse: (text: string) => number | undefined, value: unknown): number | undefined {
  return typeof value === 'string' ? parse(value) : undefined;
}
