import type { NodeName } from '../../src/fleet/brand.ts';
import type { ObservedFleet } from '../../src/fleet/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { type PlanJson, planJson } from '../../src/plan/plan-json.ts';
import { nights, windows } from './changing-fleet.ts';
import { blindNode, commitSha, type DesiredParts, hetznerNode } from './fleet-builders.ts';
import {
  acme,
  eachEnvironment,
  environment,
  inputOf,
  sampleContext,
  shop,
  shopProduction,
  withMemory,
} from './sample-fleets.ts';

/** The plan before a merge, and the plan with it. */
export function sampleMerge(): { readonly base: PlanJson; readonly head: PlanJson } {
  const nodes = [hetznerNode('web-1'), hetznerNode('web-3')];
  const wiki = shop('wiki-production');
  const drifting = ['blog-production', 'blog-staging'];
  const blogs = drifting.map((name) => environment(name));
  const docs = environment('docs-staging', { type: 'staging' });
  const campaign = environment('old-campaign', { deletionPolicy: 'delete', type: 'staging' });
  const applied: DesiredParts = {
    nodes,
    environments: [wiki.older, ...blogs, docs, shopProduction.older, acme, campaign],
  };
  const base: DesiredParts = {
    nodes,
    environments: [wiki.newer, ...blogs, withMemory(docs), shopProduction.older, acme, campaign],
  };
  const added = [shopProduction.newer, withMemory(acme), environment('acme-staging', { type: 'staging' })];
  const head: DesiredParts = {
    nodes,
    environments: [wiki.newer, ...blogs, docs, ...added],
    // Of the added changes only the deletion is blocked.
    config: windows({ ...nights, risks: ['data'], types: ['staging'] }),
  };
  const observe = (observed: ObservedFleet): ObservedFleet => {
    const drifted = eachEnvironment((seen) =>
      drifting.includes(seen.name) ? { ...seen, failedServices: [`php8.2-fpm@${seen.name}`] } : seen,
    )(observed);
    const away = blindNode('web-3', 'unreachable', {
      message: 'no answer over SSH since 2026-11-20 17:02 UTC',
    });
    return { ...drifted, nodes: new Map([...drifted.nodes, ['web-3' as NodeName, away]]) };
  };
  const jsonOf = (after: DesiredParts, commit: string) =>
    planJson(
      plan(inputOf({ before: applied, after: { ...after, commit: commitSha(commit) }, observe })),
      sampleContext,
    );
  return { base: jsonOf(base, 'base'), head: jsonOf(head, 'head') };
}
