import { expect, test } from 'vitest';
import type { NodeName } from '../../src/fleet/brand.ts';
import type { BlockedReason } from '../../src/fleet/reasons.ts';
import { indexWork, workOf } from '../../src/record/work-findings.ts';
import { nodeRef } from '../support/fleet-builders.ts';

const ref = nodeRef('web-1');
const blocked = (reason: BlockedReason) => ({
  resource: ref,
  node: 'web-1' as NodeName,
  kind: 'node.provision' as const,
  reason,
  message: reason,
  nextStep: '',
  needsPerson: true,
  cause: null,
});

test.each([
  [['ServerDiffers', 'SshKeyRefused'], 'SshKeyRefused'],
  [['SshKeyRefused', 'ServerDiffers'], 'SshKeyRefused'],
  [['ServerDiffers'], 'ServerDiffers'],
  [['NodeInUse', 'Protected'], 'NodeInUse'],
] as const)('of the blocks %j a node shows %s', (reasons, shown) => {
  const work = indexWork({ blocked: reasons.map(blocked), actions: [] });
  expect(workOf(work, ref)[0]?.reason).toBe(shown);
});
