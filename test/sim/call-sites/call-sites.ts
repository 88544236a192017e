import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** A place in the sources from which a port is called. */
export interface CallSite {
  /** `src/record/commit-records.ts:33 git.push` */
  readonly id: string;
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly port: string;
  readonly method: string;
}

/** Methods of ports with external effects or reads. Reading a clock, drawing a number, redacting and logging are not included. */
export const effects: Readonly<Record<string, readonly string[]>> = {
  clock: ['sleep'],
  git: [
    'fetch',
    'tips',
    'list',
    'read',
    'commitInfo',
    'log',
    'resolve',
    'commit',
    'push',
    'watch',
    'signature',
    'commitsBetween',
  ],
  cloud: [
    'check',
    'listServers',
    'listServerTypes',
    'findServer',
    'getServer',
    'createServer',
    'deleteServer',
    'powerOn',
    'ensureKey',
    'ensureFirewall',
    'deleteFirewall',
    'deleteKey',
    'waitForActions',
  ],
  machines: ['run', 'waitUntilReachable', 'identity', 'generateHostKey', 'clientOptions'],
  ansible: ['run', 'contentVersion', 'probeScript'],
  store: [
    'intents',
    'putIntent',
    'deleteIntent',
    'retries',
    'putRetry',
    'deleteRetry',
    'getValue',
    'putValue',
    'startRun',
    'addRunStep',
    'finishRun',
    'unfinishedRuns',
    'runs',
  ],
  secrets: ['resolve'],
  signatures: ['verify'],
  deps: ['cloud'],
};

/** Folders of the reconciler. */
const folders = ['actions', 'reconcile', 'record'];

export const projectRoot = join(import.meta.dirname, '../../..');

/** Every place in the reconciler that calls a port, from the syntax tree of the sources. */
export function findCallSites(): readonly CallSite[] {
  const files = folders.flatMap((folder) => globSync(join(projectRoot, 'src', folder, '*.ts'))).sort();
  return files.flatMap((path) => callsIn(relative(projectRoot, path), readFileSync(path, 'utf8')));
}

function callsIn(file: string, text: string): readonly CallSite[] {
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number) => lineStarts.findLastIndex((start) => start <= offset) + 1;
  const found: CallSite[] = [];
  walk(parseAst(text, { lang: 'ts' }, file), (node) => {
    const call = portCall(node);
    if (call === null) return;
    const [firstLine, lastLine] = [lineOf(call.start), lineOf(call.end)];
    const { port, method } = call;
    found.push({ id: `${file}:${firstLine} ${port}.${method}`, file, firstLine, lastLine, port, method });
  });
  return found;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

function portCall(node: Node) {
  if (node.type !== 'CallExpression' || !isNode(node.callee)) return null;
  const { callee } = node;
  if (callee.type !== 'MemberExpression') return null;
  const [port, method] = [lastName(callee.object), nameOf(callee.property)];
  if (port === null || method === null || effects[port]?.includes(method) !== true) return null;
  return { port, method, start: node.start, end: node.end };
}

/** `git` of `deps.git` and of `git`. */
function lastName(value: unknown): string | null {
  if (!isNode(value)) return null;
  return value.type === 'MemberExpression' ? nameOf(value.property) : nameOf(value);
}

function nameOf(value: unknown): string | null {
  return isNode(value) && value.type === 'Identifier' && typeof value.name === 'string' ? value.name : null;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
    return;
  }
  if (!isNode(value)) return;
  visit(value);
  for (const member of Object.values(value)) if (typeof member === 'object') walk(member, visit);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
