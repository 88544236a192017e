import type { ServerType } from '../../../fleet/observed.ts';
import {
  alternativesTo,
  findServerType,
  isSold,
  type KnownOffers,
  type KnownServerType,
} from '../../../fleet/server-types.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { type FleetIndex, type FleetProblem, nameOf, referred } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';
import type { NeighbourhoodContext } from '../manifest-kind.ts';
import { cloudTypeOf } from '../provider/types/index.ts';
import { locationOf } from './location.ts';

const path = ['spec', 'serverType'];

/**
 * Whether the server type of a node can be ordered. All findings are warnings: an existing server keeps running when its type is no
 * longer sold, and a type that is not in the built-in list may be new.
 */
export function serverTypeChecks(index: FleetIndex, { serverTypes }: NeighbourhoodContext): FleetProblem[] {
  return index.byKind.Node.flatMap((where) => {
    const name = stringAt(where.document.value, ...path);
    const provider = referred(index, where.document, 'provider')?.document;
    const cloud = cloudTypeOf(provider?.value);
    if (name === undefined || provider === undefined || cloud === undefined) return [];
    const location = locationOf(index, where);
    const offered = serverTypes?.get(nameOf(provider.ref));
    const problem =
      offered === undefined
        ? knownProblem(name, location, cloud.offers)
        : offeredProblem(name, location, cloud.offers, offered);
    return problem === undefined ? [] : [{ where, problem }];
  });
}

/** By the built-in list. */
function knownProblem(name: string, location: string, known: KnownOffers): FieldProblem | undefined {
  const type = findServerType(known, name);
  const sold = known.serverTypes.filter((candidate) => isSold(candidate, location));
  if (type === undefined) return unknown(name, sold, 'Pressluft does not know it');
  if (type.retired === undefined || isSold(type, location)) return undefined;
  const { since, locations } = type.retired;
  const place = locations === null ? '' : ` in ${location}`;
  const day = since === null ? '' : ` (since ${since})`;
  const message = `the server type ${name} is no longer sold${place}${day}: a new server cannot be created, an existing one keeps running`;
  return { code: diagnosticCodes.serverTypeRetired, message, path, at: 'value', ...replacement(type, sold) };
}

/** By the answer of the provider. */
function offeredProblem(
  name: string,
  location: string,
  known: KnownOffers,
  offered: readonly ServerType[],
): FieldProblem | undefined {
  const type = offered.find((candidate) => candidate.name === name);
  const available = offered.filter((candidate) =>
    candidate.locations.some(
      (place) => place.location === location && place.available && place.unavailableAfter === null,
    ),
  );
  if (type === undefined) {
    const past = findServerType(known, name);
    if (past === undefined) return unknown(name, available, 'the provider has no type of that name');
    const message = `the provider no longer has the server type ${name}: a new server cannot be created`;
    return {
      code: diagnosticCodes.serverTypeRetired,
      message,
      path,
      at: 'value',
      ...replacement(past, available),
    };
  }
  const place = type.locations.find((candidate) => candidate.location === location);
  const others = type.locations.filter((each) => each.available).map((each) => each.location);
  if (place?.unavailableAfter != null) {
    const day = place.unavailableAfter.slice(0, 10);
    const message = `the server type ${name} is deprecated in ${location}: it cannot be ordered after ${day}; an existing one keeps running`;
    return {
      code: diagnosticCodes.serverTypeRetired,
      message,
      path,
      at: 'value',
      ...replacement(type, available),
    };
  }
  if (place?.available === true) return undefined;
  const state = place === undefined ? 'is not offered' : 'is sold out';
  const elsewhere = others.length === 0 ? '' : `; it is available in ${others.join(', ')}`;
  const message = `the server type ${name} ${state} in ${location}${elsewhere}: a new server cannot be created there now`;
  return {
    code: diagnosticCodes.serverTypeSoldOut,
    message,
    path,
    at: 'value',
    ...replacement(type, available),
  };
}

type Size = Pick<KnownServerType, 'name' | 'cores' | 'memoryMib' | 'architecture'>;

function unknown(name: string, candidates: readonly Size[], reason: string): FieldProblem {
  const guess = nearest(
    name,
    candidates.map((type) => type.name),
  );
  const message = `there is no server type ${quoted(name)}: ${reason}`;
  const expected = candidates.length === 0 ? undefined : `for example ${sizes(candidates.slice(0, 3))}`;
  const suggestion = guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
  return { code: diagnosticCodes.serverTypeUnknown, message, path, at: 'value', expected, suggestion };
}

function replacement(type: Size, candidates: readonly Size[]) {
  const [best, ...others] = alternativesTo(type, candidates);
  if (best === undefined) return {};
  return { expected: `for example ${sizes([best, ...others])}`, suggestion: best.name };
}

function sizes(types: readonly Size[]): string {
  return types
    .map(({ name, cores, memoryMib }) => `${name} (${cores} cores, ${memoryMib / 1024} GiB)`)
    .join(', ');
}
