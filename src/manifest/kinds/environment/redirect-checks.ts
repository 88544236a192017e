import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { stringAt, textsAt, valueAt } from '../../plain.ts';

interface Redirection {
  readonly from: string;
  readonly to: string;
  readonly path: readonly string[];
}

/**
 * Redirects of one environment that form a loop, and paths that are redirected twice. Paths are compared as nginx compares them: the
 * whole path, without the query. Scheme and port are ignored, because http and https have the same redirects.
 */
export function redirectChecks(value: Json): FieldProblem[] {
  const all = redirectionsOf(value);
  if (all.length === 0) return [];
  const byFrom = new Map<string, Redirection>();
  const problems: FieldProblem[] = [];
  for (const redirection of all) {
    if (!byFrom.has(redirection.from)) byFrom.set(redirection.from, redirection);
    else if (redirection.from.startsWith('/')) problems.push(again(redirection));
  }
  const served = new Set(servedHosts(value));
  const settled = new Set<string>();
  for (const start of byFrom.values()) {
    const loop = loopFrom(start, byFrom, served, settled);
    if (loop !== undefined) problems.push(looping(loop));
  }
  return problems;
}

function redirectionsOf(value: Json): readonly Redirection[] {
  const path = ['spec', 'domains', 'redirects'];
  const redirects = valueAt(value, ...path);
  if (!Array.isArray(redirects)) return [];
  return redirects.flatMap((redirect: Json, index) => {
    const from = stringAt(redirect, 'from');
    const to = stringAt(redirect, 'to');
    return from === undefined || to === undefined ? [] : [{ from, to, path: [...path, String(index)] }];
  });
}

function servedHosts(value: Json): string[] {
  const primary = stringAt(value, 'spec', 'domains', 'primary');
  const aliases = textsAt(value, 'spec', 'domains', 'aliases').map(([, alias]) => alias);
  return primary === undefined ? aliases : [primary, ...aliases];
}

function again({ from, path }: Redirection): FieldProblem {
  const message = `the path ${quoted(from)} is redirected twice`;
  return {
    code: diagnosticCodes.redirectDuplicate,
    message,
    path: [...path, 'from'],
    at: 'value',
    expected: 'one redirect per path',
  };
}

/** The redirects of the cycle that `start` reaches, unless it was found before; every redirect is followed only once in total. */
function loopFrom(
  start: Redirection,
  byFrom: ReadonlyMap<string, Redirection>,
  served: ReadonlySet<string>,
  settled: Set<string>,
): readonly Redirection[] | undefined {
  const walk: Redirection[] = [];
  const position = new Map<Redirection, number>();
  for (let next: Redirection | undefined = start; next !== undefined; ) {
    if (settled.has(next.from)) break;
    const seen = position.get(next);
    if (seen !== undefined) {
      for (const { from } of walk) settled.add(from);
      return walk.slice(seen);
    }
    position.set(next, walk.length);
    walk.push(next);
    const target = targetOf(next, byFrom, served);
    next = target === undefined ? undefined : byFrom.get(target);
  }
  for (const { from } of walk) settled.add(from);
  return undefined;
}

/** The `from` that would match the target of a redirect; undefined when the target is outside of the environment. */
function targetOf(
  { from, to }: Redirection,
  byFrom: ReadonlyMap<string, Redirection>,
  served: ReadonlySet<string>,
): string | undefined {
  if (to.startsWith('/')) return from.startsWith('/') ? withoutQuery(to) : from;
  if (!URL.canParse(to)) return undefined;
  const { hostname, pathname } = new URL(to);
  if (byFrom.has(hostname)) return hostname;
  if (!served.has(hostname)) return undefined;
  // A bare origin keeps the path of the request (`target` in ansible/module_utils/pressluft/vhost.py).
  if (isOrigin(to)) return from.startsWith('/') ? from : undefined;
  return pathname;
}

function isOrigin(to: string): boolean {
  return /^https?:\/\/[^/?#]+\/?$/.test(to);
}

function withoutQuery(target: string): string {
  return target.replace(/[?#].*$/, '');
}

function looping(loop: readonly Redirection[]): FieldProblem {
  const [first] = loop;
  const shown = loop.slice(0, 6).map(({ from }) => from);
  const chain = [...shown, ...(loop.length > shown.length ? ['…'] : []), first?.from ?? ''].join(' → ');
  const message =
    loop.length === 1
      ? `${quoted(first?.from ?? '')} redirects to itself`
      : `these redirects form a loop: ${chain}`;
  const path = [...(loop.at(-1)?.path ?? []), 'to'];
  const keeps = loop.length === 1 && isOrigin(first?.to ?? '');
  const expected = keeps
    ? '"/" for the start page: an address without a path keeps the requested path'
    : 'a target that is not redirected back';
  return { code: diagnosticCodes.redirectCycle, message, path, at: 'value', expected };
}
