import { readJson } from '../fleet/json-reader.ts';
import type { ServerType } from '../fleet/observed.ts';

/** Server types of a provider in its record, by name. */
export interface RecordedOffer {
  /** RFC 3339; time of the provider's answer. */
  readonly asOf: string;
  readonly types: Readonly<Record<string, RecordedType>>;
}

interface RecordedType {
  readonly architecture: ServerType['architecture'];
  readonly cores: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  readonly locations: readonly string[];
  /** Those of the locations where none is available now. */
  readonly soldOut?: readonly string[];
  /** RFC 3339 by location; end of availability. */
  readonly until?: Readonly<Record<string, string>>;
}

export function recordedOffer(serverTypes: readonly ServerType[], asOf: string): RecordedOffer {
  const sorted = [...serverTypes].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { asOf, types: Object.fromEntries(sorted.map((type) => [type.name, recordedType(type)])) };
}

function recordedType({ architecture, cores, memoryMib, diskGib, locations }: ServerType): RecordedType {
  const soldOut = locations.filter(({ available }) => !available).map(({ location }) => location);
  const until = locations.flatMap(({ location, unavailableAfter }) =>
    unavailableAfter === null ? [] : [[location, unavailableAfter] as const],
  );
  return {
    architecture,
    cores,
    memoryMib,
    diskGib,
    locations: locations.map(({ location }) => location),
    ...(soldOut.length > 0 ? { soldOut } : {}),
    ...(until.length > 0 ? { until: Object.fromEntries(until) } : {}),
  };
}

/** A cloud offers a few dozen types in a few locations. */
const maxTypes = 1000;
const maxLocations = 200;
const namePattern = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const instantPattern = /^\d{4}-\d{2}-\d{2}T[\d:.]{8,16}Z$/;

/**
 * The server types of a record; null when there are none. Invalid ones are ignored: people can write to the branch. So are the lines of text
 * that earlier versions wrote; the next pass records the types again.
 */
export function readOffer(value: unknown): { asOfMs: number; serverTypes: readonly ServerType[] } | null {
  const offer = readJson(value);
  const types = offer.at('types');
  if (types.kind !== 'mapping') return null;
  return {
    asOfMs: Date.parse(offer.at('asOf').text() ?? ''),
    serverTypes: types.entries(maxTypes).flatMap(([name, type]) => readType(name, type.raw) ?? []),
  };
}

function readType(name: string, value: unknown): ServerType | null {
  const type = readJson(value);
  const architecture = type.at('architecture').oneOf(['x86', 'arm'] as const);
  const [cores, memoryMib, diskGib] = ['cores', 'memoryMib', 'diskGib'].map((key) =>
    size(type.at(key).integer()),
  );
  if (!namePattern.test(name) || architecture === null || !cores || !memoryMib || !diskGib) return null;
  const texts = (key: string) =>
    type
      .at(key)
      .list(maxLocations)
      .flatMap((item) => item.text(64) ?? []);
  const soldOut = new Set(texts('soldOut'));
  const until = new Map(
    type
      .at('until')
      .entries(maxLocations)
      .map(([key, at]) => [key, at.text(64)] as const),
  );
  const locations = [...new Set(texts('locations'))].filter((location) => namePattern.test(location));
  return {
    name,
    cores,
    memoryMib,
    diskGib,
    architecture,
    locations: locations.map((location) => {
      const end = until.get(location) ?? '';
      return {
        location,
        available: !soldOut.has(location),
        unavailableAfter: instantPattern.test(end) ? end : null,
      };
    }),
  };
}

function size(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

/**
 * The recorded types without values that change hourly: what is sold out, and the time of the request. Only other changes cause a
 * commit; these values are updated by the next commit.
 */
export function lastingOffer(value: unknown): unknown {
  const types = readJson(value).at('types');
  if (types.kind !== 'mapping') return value;
  return Object.fromEntries(
    types.entries(maxTypes).map(([name, type]) => {
      if (type.kind !== 'mapping') return [name, type.raw];
      const { soldOut: _, ...lasting } = type.raw as Readonly<Record<string, unknown>>;
      return [name, lasting];
    }),
  );
}
