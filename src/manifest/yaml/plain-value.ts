import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Json } from '../../fleet/digest.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { OffsetProblem } from '../diagnostics/problem.ts';
import { limits } from '../limits.ts';
import type { YamlDocument } from './compose.ts';
import { textFault } from './text-rules.ts';

export type JsonObject = { [key: string]: Json };

export interface PlainDocument {
  readonly value: Json;
  readonly problems: readonly OffsetProblem[];
}

const coreTag = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq))$/;

interface Walk {
  readonly text: string;
  readonly problems: OffsetProblem[];
  readonly path: string[];
  readonly anchors: Map<string, Node>;
  readonly open: Set<Node>;
  /** The aliases that are currently followed, the outermost first. */
  readonly aliases: Node[];
  aliasNodes: number;
}

/**
 * The document as plain JSON values. Reports everything that manifests must not contain: duplicate and merge keys, tags,
 * directives, aliases that expand too much, deep nesting, template markers and control characters. Never throws.
 */
export function toPlain(document: YamlDocument, text: string): PlainDocument {
  const walk: Walk = {
    text,
    problems: [],
    path: [],
    anchors: new Map(),
    open: new Set(),
    aliases: [],
    aliasNodes: 0,
  };
  if (document.directives.yaml.explicit === true || Object.keys(document.directives.tags).length > 1) {
    const [start] = document.range;
    const message = 'a YAML directive (%) precedes this document';
    report(walk, { code: diagnosticCodes.yamlDirective, message, start, end: start + 3 });
  }
  return { value: plain(walk, document.contents), problems: walk.problems };
}

function plain(walk: Walk, node: Node | null): Json {
  if (node === null) return null;
  if (isAlias(node)) return followAlias(walk, node.source, node);
  const [outermost] = walk.aliases;
  if (outermost !== undefined && ++walk.aliasNodes > limits.aliasNodes) {
    if (walk.aliasNodes === limits.aliasNodes + 1) {
      fault(walk, outermost, {
        code: diagnosticCodes.yamlAlias,
        message: `aliases expand to more than ${limits.aliasNodes} values`,
      });
    }
    return null;
  }
  if (node.tag !== undefined && !coreTag.test(node.tag)) {
    reportTag(walk, node);
  }
  if ('anchor' in node && node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (isScalar(node)) return scalar(walk, node.value, node);
  if (!isMap(node) && !isSeq(node)) return null;
  if (walk.path.length >= limits.nestingDepth) {
    fault(walk, node, {
      code: diagnosticCodes.tooDeep,
      message: `nested more than ${limits.nestingDepth} levels deep`,
    });
    return null;
  }
  walk.open.add(node);
  const value = isMap(node) ? mapping(walk, node as YAMLMap<Node, Node | null>) : sequence(walk, node.items);
  walk.open.delete(node);
  return value;
}

function scalar(walk: Walk, value: unknown, node: Node): Json {
  if (typeof value === 'string') {
    const found = textFault(value, mayHaveLines(walk.path));
    if (found !== undefined) fault(walk, node, found);
    return value;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Whether the text of this field may have several lines. An OpenPGP public key does. */
export function mayHaveLines(path: readonly string[]): boolean {
  const [key, parent] = [path.at(-1), path.at(-2)];
  return (
    (parent === 'nginx' && key === 'serverSnippet') ||
    (parent === 'answer' && key === 'text' && path.at(-4) === 'locations') ||
    (key === 'key' && path.at(-3) === 'allowedSigners')
  );
}

function sequence(walk: Walk, items: readonly unknown[]): Json[] {
  return items.map((item, index) => {
    walk.path.push(String(index));
    const value = plain(walk, item as Node | null);
    walk.path.pop();
    return value;
  });
}

function mapping(walk: Walk, map: YAMLMap<Node, Node | null>): JsonObject {
  const result: JsonObject = {};
  for (const pair of map.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (key === '__proto__') {
      fault(walk, pair.key, { code: diagnosticCodes.keyReserved, message: 'the key __proto__ is reserved' });
      continue;
    }
    if (key === '<<') {
      fault(walk, pair.key, { code: diagnosticCodes.mergeKey, message: 'merge keys (<<) are not supported' });
      continue;
    }
    const found = textFault(key, false);
    if (found !== undefined) fault(walk, pair.key, found);
    if (Object.hasOwn(result, key)) {
      fault(walk, pair.key, {
        code: diagnosticCodes.keyDuplicate,
        message: `the key ${quoted(key)} is given twice`,
      });
    }
    walk.path.push(key);
    const value = plain(walk, pair.value);
    walk.path.pop();
    result[key] = value;
  }
  return result;
}

function followAlias(walk: Walk, name: string, alias: Node): Json {
  const target = walk.anchors.get(name);
  if (target === undefined) {
    fault(walk, alias, {
      code: diagnosticCodes.yamlAlias,
      message: `no anchor ${quoted(name)} precedes this alias`,
    });
    return null;
  }
  if (walk.open.has(target)) {
    fault(walk, alias, {
      code: diagnosticCodes.yamlAlias,
      message: `the alias ${quoted(name)} contains itself`,
    });
    return null;
  }
  walk.aliases.push(alias);
  const value = plain(walk, target);
  walk.aliases.pop();
  return value;
}

/** The range of a node starts after its tag. */
function reportTag(walk: Walk, node: Node): void {
  const nodeStart = node.range?.[0] ?? 0;
  let start = Math.max(0, walk.text.lastIndexOf('!', nodeStart - 1));
  while (walk.text[start - 1] === '!') start--;
  const written = /^[^\s,[\]{}]+/.exec(walk.text.slice(start, nodeStart))?.[0] ?? '!';
  const message = `the tag ${quoted(written)} is not supported`;
  report(walk, { code: diagnosticCodes.yamlTag, message, start, end: start + written.length });
}

function fault(walk: Walk, node: Node, problem: Omit<OffsetProblem, 'start' | 'end'>): void {
  const [start, end] = node.range ?? [0, 0];
  report(walk, { ...problem, start, end });
}

/** One more than is shown, so that the renderer knows that there are more. */
function report(walk: Walk, problem: OffsetProblem): void {
  if (walk.problems.length <= limits.diagnosticsPerFile) walk.problems.push(problem);
}
