import type { Json } from '../../../fleet/digest.ts';
import { isCidr } from '../../checks/network-rules.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { entriesAt, isObject, stringAt, textsAt, valueAt } from '../../plain.ts';
import { snippetFault } from './nginx-rules.ts';

type Path = readonly string[];

/** What a schema cannot say about the nginx settings of an environment or of a site's defaults; `root` is the path of the settings. */
export function nginxChecks(settings: Json | undefined, root: Path): FieldProblem[] {
  const nginx = valueAt(settings, 'nginx');
  const path = [...root, 'nginx'];
  const locations = entriesAt(nginx, 'locations').filter(([, location]) => isObject(location));
  return [
    ...networkChecks(nginx, path),
    ...locations.flatMap(([name, location]) => networkChecks(location, [...path, 'locations', name])),
    ...locations.flatMap(([name, location]) => locationChecks(name, location, [...path, 'locations', name])),
    ...sameLocationChecks(locations, [...path, 'locations']),
    ...snippetChecks(nginx, path),
  ];
}

function networkChecks(value: Json | undefined, path: Path): FieldProblem[] {
  const allowed = new Set(textsAt(value, 'allow').map(([, network]) => network));
  return ['allow', 'deny'].flatMap((list) =>
    textsAt(value, list).flatMap(([index, network]): FieldProblem[] => {
      const where = { path: [...path, list, String(index)], at: 'value' as const };
      if (!isCidr(network)) {
        const expected = 'CIDR notation, e.g. 203.0.113.0/24 or 2001:db8::/32';
        return [
          {
            ...where,
            code: diagnosticCodes.networkInvalid,
            message: `${quoted(network)} is not a network`,
            expected,
          },
        ];
      }
      if (network.endsWith('/0')) {
        const message = `${quoted(network)} is every address`;
        return [
          conflict(message, where.path, 'networks; to close a path to everybody, an answer of status 403'),
        ];
      }
      if (list !== 'deny' || !allowed.has(network)) return [];
      return [conflict(`${quoted(network)} is allowed and denied`, where.path, 'one of the two')];
    }),
  );
}

function locationChecks(name: string, location: Json, path: Path): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const answer = valueAt(location, 'answer');
  if (name.startsWith('/.well-known/acme-challenge')) {
    problems.push(conflict('this path belongs to the certificate authority', path, 'another path', 'key'));
  }
  if (answer !== undefined && valueAt(location, 'lifetime') !== undefined) {
    const message = 'a lifetime is for files, and this location has a fixed answer';
    problems.push(conflict(message, [...path, 'lifetime'], 'lifetime or answer', 'key'));
  }
  if (valueAt(answer, 'status') === 204 && (stringAt(answer, 'text') ?? '') !== '') {
    problems.push(conflict('an answer of status 204 has no text', [...path, 'answer', 'text'], 'status 200'));
  }
  return problems;
}

/** A path and the same path with a final slash, both with all below them. */
function sameLocationChecks(locations: readonly (readonly [string, Json])[], path: Path): FieldProblem[] {
  const prefixes = new Set(locations.filter(([, location]) => !isExact(location)).map(([name]) => name));
  return [...prefixes].flatMap((name) =>
    name !== '/' && name.endsWith('/') && prefixes.has(name.slice(0, -1))
      ? [
          conflict(
            `${quoted(name)} and ${quoted(name.slice(0, -1))} are the same location`,
            [...path, name],
            'one of the two, or "match: exact"',
            'key',
          ),
        ]
      : [],
  );
}

function isExact(location: Json): boolean {
  return stringAt(location, 'match') === 'exact';
}

function snippetChecks(nginx: Json | undefined, path: Path): FieldProblem[] {
  const fault = snippetFault(stringAt(nginx, 'serverSnippet') ?? '');
  if (fault === undefined) return [];
  const where = { path: [...path, 'serverSnippet'], at: 'key' as const };
  if (fault.kind === 'syntax')
    return [{ ...where, code: diagnosticCodes.snippetEscapes, message: fault.message }];
  const message = `line ${fault.line} of the nginx snippet: ${fault.message}`;
  const expected = 'another field of spec.nginx, such as headers, locations, lifetimes, allow or deny';
  return [{ ...where, code: diagnosticCodes.snippetDirective, message, expected }];
}

export function conflict(
  message: string,
  path: Path,
  expected: string,
  at: 'key' | 'value' = 'value',
): FieldProblem {
  return { code: diagnosticCodes.nginxConflict, message, path, at, expected };
}
