import type { Digest, ResourceRef } from '../fleet/brand.ts';
import type { Approval } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import { digestAt, isDigest, readYaml, textAt, timeAt } from './read-yaml.ts';
import { writeYaml } from './write-yaml.ts';

/** One file for each plan: a second approval of the same plan replaces the first, and the history keeps both. */
export function approvalPath({ plan }: Pick<Approval, 'plan'>): string {
  return `approvals/${shortDigest(plan)}.yaml`;
}

/** The first 16 digits, which identify a plan in commands. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 16);
}

export function renderApproval({ plan, actions, resources, by, at }: Approval): string {
  const document = {
    apiVersion: 'pressluft.dev/v1',
    kind: 'Approval',
    metadata: { name: shortDigest(plan) },
    plan,
    by,
    at,
    actions,
    resources,
  };
  return `# Written by Pressluft. An approval of exactly these actions; void after any of them changes.\n${writeYaml(document)}`;
}

/** Parses an approval strictly. Undefined if anything is missing or invalid. */
export function parseApproval(text: string, path: string): Approval | undefined {
  const document = readYaml(text);
  const [plan, by, at] = [digestAt(document, 'plan'), textAt(document, 'by'), timeAt(document, 'at')];
  const actions: readonly unknown[] = Array.isArray(document.actions) ? document.actions : [];
  if (document.kind !== 'Approval' || plan === null || by === null || at === null) return undefined;
  if (path !== approvalPath({ plan })) return undefined;
  if (!actions.every((action) => typeof action === 'string' && isDigest(action))) return undefined;
  const resources = resourcesOf(document.resources);
  return {
    plan,
    by,
    at,
    actions: actions as readonly Digest[],
    ...(resources.length === 0 ? {} : { resources }),
  };
}

/** They are shown only; the digests decide what is approved. */
function resourcesOf(raw: unknown): readonly ResourceRef[] {
  const texts: readonly unknown[] = Array.isArray(raw) ? raw : [];
  return texts.flatMap((text) => (typeof text === 'string' ? (parseResourceRef(text)?.ref ?? []) : []));
}
