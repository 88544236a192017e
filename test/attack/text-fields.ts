import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../../src/fleet/resource.ts';
import { installationRoot } from '../../src/main/paths.ts';
import { schemaFile } from '../../src/manifest/schema/validators.ts';

type Schema = Readonly<Record<string, unknown>>;

/**
 * Every field of a kind of manifest that accepts text, from its schema. `[]` is an item of a list, `*` the value of a free key, and a last
 * part `~key` the free key itself. Enumerations accept no text.
 */
export function textFields(kind: ResourceKind): readonly string[] {
  const file = schemaFile(kind);
  const found = new Set<string>();
  walk({ schema: read(file), file, path: [] }, found);
  return [...found].sort();
}

interface Place {
  readonly schema: unknown;
  readonly file: string;
  readonly path: readonly string[];
}

function walk({ schema, file, path }: Place, found: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return;
  const node = schema as Schema;
  if (typeof node.$ref === 'string') {
    const [target, pointer] = node.$ref.split('#');
    const next = target === '' || target === undefined ? file : target;
    walk({ schema: at(read(next), pointer ?? ''), file: next, path }, found);
  }
  const types = [node.type].flat();
  if (types.includes('string') && node.enum === undefined && node.const === undefined)
    found.add(path.join('.'));
  for (const [key, child] of Object.entries((node.properties ?? {}) as Schema)) {
    walk({ schema: child, file, path: [...path, key] }, found);
  }
  if (node.items !== undefined) walk({ schema: node.items, file, path: [...path, '[]'] }, found);
  if (typeof node.additionalProperties === 'object') {
    found.add([...path, '~key'].join('.'));
    walk({ schema: node.additionalProperties, file, path: [...path, '*'] }, found);
  }
}

function read(file: string): Schema {
  return JSON.parse(readFileSync(join(installationRoot, 'schemas', file), 'utf8')) as Schema;
}

function at(schema: Schema, pointer: string): unknown {
  return pointer
    .split('/')
    .filter((part) => part !== '')
    .reduce<unknown>((value, part) => (value as Schema)[part], schema);
}
