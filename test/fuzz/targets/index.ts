import type { FuzzTarget } from '../target.ts';
import { gitTargets } from './git-targets.ts';
import { manifestTargets } from './manifest-targets.ts';
import { nodeTargets } from './node-targets.ts';
import { providerTargets } from './provider-targets.ts';
import { recordTargets } from './record-targets.ts';

/** All code in Pressluft that reads untrusted bytes. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...manifestTargets,
  ...recordTargets,
  ...nodeTargets,
  ...providerTargets,
  ...gitTargets,
];
