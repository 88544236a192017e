import { join } from 'node:path';
import type { CommitSha, EnvironmentName, NodeName } from '../../../src/fleet/brand.ts';
import type { DesiredFleet } from '../../../src/fleet/desired.ts';
import type { ObservedFleet } from '../../../src/fleet/observed.ts';
import type { RecordedFleet, StatusDocument } from '../../../src/fleet/recorded.ts';
import { check, checkPlain, checkPrintable } from '../property.ts';

export const repositoryRoot = join(import.meta.dirname, '../../..');
export const someCommit = 'c0ffee0000000000000000000000000000000000' as CommitSha;
export const nodeName = 'web-1' as NodeName;
export const environmentName = 'acme-production' as EnvironmentName;
const now = Date.UTC(2026, 5, 1, 12);

/** Further processing of foreign values after they are read: all uses of them in a pass and a plan. */
export interface World {
  readonly desired: DesiredFleet;
  /** Plans, renders, records and reads back. */
  follow(observed: ObservedFleet, recorded: RecordedFleet): void;
  /** The records with one of a resource replaced. */
  recordedWith(document: StatusDocument): RecordedFleet;
}

/** The fleet of the example repository. Loaded late, so that coverage is counted. */
export async function loadWorld(): Promise<World> {
  const { createManifestCache, loadFleet } = await import('../../../src/manifest/index.ts');
  const { readTree } = await import('../../../src/main/read-tree.ts');
  const { plan } = await import('../../../src/plan/plan.ts');
  const { planJson } = await import('../../../src/plan/plan-json.ts');
  const { renderPlanMarkdown, renderPlanText } = await import('../../support/render-plan.ts');
  const { fleetStatus } = await import('../../../src/record/fleet-status.ts');
  const { renderStatus, parseStatus } = await import('../../../src/record/status/status-document.ts');
  const { observedFromStatus } = await import('../../../src/record/observed-from-status.ts');
  const { nothingRecorded } = await import('../../../src/fleet/recorded.ts');
  const { actionKinds } = await import('../../../src/actions/index.ts');
  const files = readTree(join(repositoryRoot, 'example-repo'));
  const { fleet: desired } = loadFleet(files, someCommit, { cache: createManifestCache() });
  if (desired === undefined) throw new Error('the example repository has no fleet');

  return {
    desired,
    recordedWith: (document) => ({ ...nothingRecorded, status: new Map([[document.ref, document]]) }),
    follow(observed, recorded) {
      const input = { desired, observed, recorded, contentVersion: 'content-1', now, kinds: actionKinds };
      const made = plan(input);
      const json = planJson(made, { fleet: desired.config.fleet });
      checkPlain(JSON.parse(JSON.stringify(json)), 'the plan');
      checkPrintable(renderPlanText(json), 'the text of the plan');
      checkPrintable(renderPlanMarkdown(json), 'the comment of the plan');
      const status = fleetStatus({
        desired,
        observed,
        recorded,
        residual: made,
        attempted: new Set(),
        problems: [],
        hostKeyOf: () => null,
        contentVersion: 'content-1',
        at: '2026-06-01T12:00:00.000Z',
      });
      const read = [...status.values()].map((document) => {
        const text = renderStatus(document);
        checkPrintable(text, 'a status document');
        check(Buffer.byteLength(text) <= maxRecordBytes, `a status document has ${text.length} characters`);
        const back = parseStatus(text);
        check(back !== undefined, 'a status document that was written cannot be read');
        return back;
      });
      const again = { ...nothingRecorded, status: new Map(read.map((document) => [document.ref, document])) };
      observedFromStatus(desired, again);
    },
  };
}

/** See `maxDocumentBytes` of `src/record/load-recorded.ts`: a larger record is not read back. */
const maxRecordBytes = 512 * 1024;
