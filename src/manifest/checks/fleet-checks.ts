import type { FleetIndex, FleetProblem } from '../fleet-index.ts';
import type { ParsedFile } from '../parse-file.ts';
import { artifactChecks } from './artifact-checks.ts';
import { capacityChecks } from './capacity-checks.ts';
import { cloneChecks } from './clone-checks.ts';
import { completenessChecks } from './completeness-checks.ts';
import { configPath } from './document-checks.ts';
import { domainChecks } from './domain-checks.ts';
import { configCountChecks, duplicateChecks } from './identity-checks.ts';
import type { KnownFacts } from './known-facts.ts';
import { type CheckMemory, createCheckMemory, localFindings } from './local-findings.ts';
import { environmentPhpChecks, nodeFieldChecks, nodePhpChecks } from './node-fit-checks.ts';
import { type ReferenceFindings, referenceChecks } from './reference-checks.ts';
import { backupTargetChecks, promotionChecks, restoreChecks } from './request-checks.ts';
import { secretChecks } from './secret-checks.ts';
import { locationChecks, serverTypeChecks } from './server-type-checks.ts';
import { tlsChecks } from './tls-checks.ts';

/** Everything that only shows when all manifests are seen together. */
export function fleetChecks(
  index: FleetIndex,
  files: readonly ParsedFile[],
  facts: KnownFacts = {},
  memory: CheckMemory = createCheckMemory(),
): ReferenceFindings {
  const references = referenceChecks(index, files);
  const main = index.byKind.Pressluft.find(({ file }) => file.path === configPath);
  // What the configuration would have offered is unknown while it is broken: then its absence is no finding.
  const config = main?.document.valid === true ? main.document.value : undefined;
  const local = localFindings(memory, index, [config, facts.serverTypes, facts.nodeMemoryMib], (near) => [
    ...nodeFieldChecks(near),
    ...nodePhpChecks(near, config),
    ...environmentPhpChecks(near),
    ...artifactChecks(near, config),
    ...completenessChecks(near),
    ...locationChecks(near, facts),
    ...serverTypeChecks(near, facts),
    ...capacityChecks(near, facts),
    ...tlsChecks(near, config),
    ...backupTargetChecks(near),
  ]);
  const problems: FleetProblem[] = [
    ...local,
    ...duplicateChecks(index),
    ...configCountChecks(index),
    ...references.problems,
    ...domainChecks(index),
    ...secretChecks(index, files, config),
    ...cloneChecks(index),
    ...promotionChecks(index),
    ...restoreChecks(index, facts),
  ];
  return { problems, missing: references.missing };
}
