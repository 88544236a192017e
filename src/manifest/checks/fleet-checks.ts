import type { ResourceRef } from '../../fleet/brand.ts';
import { configPath } from '../../fleet/config-path.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FleetIndex, FleetProblem } from '../fleet-index.ts';
import { manifestKinds } from '../kinds/index.ts';
import type { ParsedFile } from '../parsed-file.ts';
import type { KnownFacts } from './known-facts.ts';
import { type CheckMemory, createCheckMemory, localFindings } from './local-findings.ts';
import { type ReferenceFindings, referenceChecks } from './reference-checks.ts';
import { secretChecks } from './secret-checks.ts';
import { secretGrantChecks } from './secret-grant-checks.ts';

export interface FleetCheckOptions {
  /** Resources that only refused documents describe: they are reported there. */
  readonly refused?: { has(ref: ResourceRef): boolean };
  readonly memory?: CheckMemory;
}

/** All checks that need all manifests at hand. */
export function fleetChecks(
  index: FleetIndex,
  files: readonly ParsedFile[],
  facts: KnownFacts = {},
  { refused, memory = createCheckMemory() }: FleetCheckOptions = {},
): ReferenceFindings {
  const references = referenceChecks(index, files, refused);
  const main = index.byKind.Pressluft.find(({ file }) => file.path === configPath);
  const config = main?.document.valid === true ? main.document.value : undefined;
  const { serverTypes, nodeMemoryMib, now, domainHolders } = facts;
  const local = localFindings(memory, index, [config, serverTypes, nodeMemoryMib], (near) =>
    neighbourhoodChecks.flatMap(({ find }) => [...find(near, { config, serverTypes, nodeMemoryMib })]),
  );
  const problems: FleetProblem[] = [
    ...local,
    ...duplicateChecks(index),
    ...references.problems,
    ...secretChecks(index, files, config),
    ...secretGrantChecks(index, config),
    ...wholeFleetChecks.flatMap(({ find }) => [...find(index, { config, files, now, domainHolders })]),
  ];
  return { problems, missing: references.missing };
}

const checks = Object.values(manifestKinds).flatMap((kind) => kind.fleetChecks);
const neighbourhoodChecks = checks.filter((check) => check.scope === 'neighbourhood');
const wholeFleetChecks = checks.filter((check) => check.scope === 'fleet');

/** Two documents of one kind and name: both are quarantined, because it is not known which one is intended. */
function duplicateChecks(index: FleetIndex): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const [ref, all] of index.byRef) {
    for (const where of all.length > 1 ? all : []) {
      const others = all.filter((other) => other !== where).map((other) => quoted(other.file.path));
      const message = `${ref} is defined ${all.length} times, also in ${[...new Set(others)].slice(0, 3).join(', ')}`;
      problems.push({
        where,
        problem: {
          code: diagnosticCodes.resourceDuplicate,
          message,
          path: ['metadata', 'name'],
          at: 'value',
        },
      });
    }
  }
  return problems;
}
