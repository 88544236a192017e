import { CORE_SCHEMA, load } from 'js-yaml';
import { statusBranch, type World } from './world.ts';

/** What the status branch says of a node: the id of its server, and whether a site was applied on it, so that its disk has data. */
export function recordedNode(
  world: World,
  node: string,
): { readonly server: number | null; readonly hasData: boolean } {
  const document = statusOf(world, 'node', node);
  const details = fields(fields(document).details);
  const id = fields(details.server).id;
  const sites = [...world.remote.files(statusBranch, 'status/environment').values()].map((text) =>
    parsed(world, text),
  );
  const hasData = sites.some((site) => isApplied(site) && fields(site).node === node);
  return { server: typeof id === 'number' ? id : null, hasData: isApplied(document) && hasData };
}

/** Whether the status branch says that it was applied once. */
export function isRecordedAsApplied(world: World, kind: string, name: string): boolean {
  return isApplied(statusOf(world, kind, name));
}

/** The `Ready` condition of a resource; null without one. */
export function readyCondition(
  world: World,
  kind: string,
  name: string,
): { readonly status: string; readonly reason: string; readonly message: string } | null {
  const { conditions } = fields(statusOf(world, kind, name));
  const found = (Array.isArray(conditions) ? conditions : []).find((one) => fields(one).type === 'Ready');
  if (found === undefined) return null;
  const { status, reason, message } = fields(found);
  return { status: String(status), reason: String(reason), message: String(message) };
}

function statusOf(world: World, kind: string, name: string): unknown {
  const text = world.remote.text(statusBranch, `status/${kind}/${name}.yaml`);
  return text === undefined ? null : parsed(world, text);
}

/** The same documents are read after every change; texts of a world. */
const known = new WeakMap<World, Map<string, unknown>>();

function parsed(world: World, text: string): unknown {
  let documents = known.get(world);
  if (documents === undefined) {
    documents = new Map();
    known.set(world, documents);
  }
  if (!documents.has(text)) documents.set(text, load(text, { schema: CORE_SCHEMA }));
  return documents.get(text);
}

function isApplied(document: unknown): boolean {
  return typeof fields(document).appliedDigest === 'string';
}

export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
