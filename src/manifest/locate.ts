import type { ResourceRef } from '../fleet/brand.ts';
import type { Locate, SourcePosition } from '../fleet/resource.ts';
import { positionAt } from './diagnostics/source-position.ts';
import { type FleetIndex, type Located, referred } from './fleet-index.ts';
import { manifestKinds } from './kinds/index.ts';
import type { Locator } from './locator.ts';
import { pathOf } from './schema/schema-problems.ts';

interface Found {
  readonly position: SourcePosition;
  readonly depth: number;
}

/**
 * Where a field of a resource is written. A field that an environment inherits is found in the defaults of its site. A field that is
 * not written anywhere is found at its nearest parent in the resource itself.
 */
export function createLocate(index: FleetIndex, locator: Locator): Locate {
  return (ref: ResourceRef, pointer: string) => {
    const where = index.byRef.get(ref)?.[0];
    if (where === undefined) return undefined;
    const path = pathOf(pointer);
    const own = find(locator, where, path);
    const { inheritsFrom } = manifestKinds[where.document.kind];
    if (own.depth === path.length || inheritsFrom === undefined || path[0] !== 'spec') return own.position;
    const origin = referred(index, where.document, inheritsFrom.field);
    if (origin === undefined) return own.position;
    const inheritedPath = [...inheritsFrom.root, ...path.slice(1)];
    const inherited = find(locator, origin, inheritedPath);
    return inherited.depth === inheritedPath.length ? inherited.position : own.position;
  };
}

function find(locator: Locator, { file, document }: Located, path: readonly string[]): Found {
  // The most frequent question by far, asked for every resource of a new fleet, needs no second parse of the YAML.
  const { start, depth } =
    path.length === 0 ? { start: document.start, depth: 0 } : locator(file, document.index, path, 'key');
  return { position: { file: file.path, ...positionAt(file.text ?? '', start) }, depth };
}
