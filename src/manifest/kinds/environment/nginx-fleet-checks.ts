import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, type Located, referred } from '../../fleet-index.ts';
import { entriesAt, isObject, stringAt, textsAt, valueAt } from '../../plain.ts';
import { inheritedSetting } from './inherited-setting.ts';
import { conflict } from './nginx-checks.ts';

/** Raw directives act with the rights of nginx, so the manifest of the node says who may write them. */
export function snippetPermissionChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where): FleetProblem[] => {
    const node = referred(index, where.document, 'node');
    if (node === undefined || inheritedSetting(index, where, 'nginx', 'serverSnippet') === undefined)
      return [];
    const allowed = textsAt(node.document.value, 'spec', 'nginx', 'allowSnippets').map(([, name]) => name);
    const name = stringAt(where.document.value, 'metadata', 'name') ?? '';
    if (allowed.includes(name)) return [];
    const own = valueAt(where.document.value, 'spec', 'nginx', 'serverSnippet') !== undefined;
    const origin = own ? '' : ' (from the defaults of the site)';
    const message = `${node.document.ref} does not allow raw nginx directives${origin} of ${where.document.ref}`;
    const path = own ? ['spec', 'nginx', 'serverSnippet'] : ['spec', 'node'];
    const expected = `fields of spec.nginx instead (clientMaxBodySize, headers, allow, deny, xmlrpc, lifetimes, locations), or the name in spec.nginx.allowSnippets of ${quoted(node.file.path)}`;
    const code = diagnosticCodes.snippetNotAllowed;
    return [{ where, problem: { code, message, path, at: own ? 'key' : 'value', expected } }];
  });
}

/** A fixed answer and a redirect for one path: only one of them could be sent. */
export function answeredRedirectChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where) => {
    const answered = answeredPaths(index, where);
    if (answered.size === 0) return [];
    const path = ['spec', 'domains', 'redirects'];
    const redirects = valueAt(where.document.value, ...path);
    return (Array.isArray(redirects) ? redirects : []).flatMap((redirect: Json, place): FleetProblem[] => {
      const from = stringAt(redirect, 'from') ?? '';
      if (!answered.has(from)) return [];
      const message = `the path ${quoted(from)} is redirected, and spec.nginx.locations has an answer for it`;
      return [{ where, problem: conflict(message, [...path, String(place), 'from'], 'one of the two') }];
    });
  });
}

function answeredPaths(index: FleetIndex, where: Located): ReadonlySet<string> {
  const site = referred(index, where.document, 'site');
  const own = entriesAt(where.document.value, 'spec', 'nginx', 'locations');
  const inherited = entriesAt(site?.document.value, 'spec', 'defaults', 'nginx', 'locations');
  const merged = new Map<string, Json[]>();
  for (const [path, location] of [...inherited, ...own])
    merged.set(path, isObject(location) ? [...(merged.get(path) ?? []), location] : []);
  const answers = [...merged].filter(([, parts]) =>
    parts.some((part) => valueAt(part, 'answer') !== undefined),
  );
  return new Set(answers.map(([path]) => path));
}
