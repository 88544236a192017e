import type { ServerType, ServerTypeLocation } from '../fleet/observed.ts';

/** Server types of a provider in its record: one line per type, for people and for {@link readOffer}. */
export interface RecordedOffer {
  /** RFC 3339; time of the provider's answer. */
  readonly asOf: string;
  readonly types: Readonly<Record<string, string>>;
}

/** `x86, 2 cores, 4096 MiB, 40 GiB, fsn1, nbg1 (sold out), hel1 (until 2026-01-01T00:00:00Z)`, by name. */
export function recordedOffer(serverTypes: readonly ServerType[], asOf: string): RecordedOffer {
  const sorted = [...serverTypes].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { asOf, types: Object.fromEntries(sorted.map((type) => [type.name, line(type)])) };
}

/** The server types of a record; null when there are none. Invalid lines are ignored: people can write to the branch. */
export function readOffer(value: unknown): { asOfMs: number; serverTypes: readonly ServerType[] } | null {
  const offer = record(value);
  const types = record(offer?.types);
  if (types === null) return null;
  const entries = Object.entries(types).slice(0, maxTypes);
  return {
    asOfMs: Date.parse(text(offer?.asOf) ?? ''),
    serverTypes: entries.flatMap(([name, written]) => readLine(name, text(written)) ?? []),
  };
}

/**
 * The recorded types without values that change hourly: sold out marks and the time of the request. Only other changes cause a
 * commit; these values are updated by the next commit.
 */
export function lastingOffer(value: unknown): unknown {
  const types = record(record(value)?.types);
  if (types === null) return value;
  return Object.fromEntries(
    Object.entries(types).map(([name, written]) => [
      name,
      typeof written === 'string'
        ? written.replaceAll(' (sold out)', '').replaceAll(' and sold out)', ')')
        : written,
    ]),
  );
}

/** A cloud offers a few dozen. */
const maxTypes = 1000;
const maxLineLength = 16_384;

function line({ architecture, cores, memoryMib, diskGib, locations }: ServerType): string {
  const size = `${architecture}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryMib} MiB, ${diskGib} GiB`;
  return [size, ...locations.map(place)].join(', ');
}

function place({ location, available, unavailableAfter }: ServerTypeLocation): string {
  const notes = [
    ...(unavailableAfter === null ? [] : [`until ${unavailableAfter}`]),
    ...(available ? [] : ['sold out']),
  ];
  return notes.length === 0 ? location : `${location} (${notes.join(' and ')})`;
}

const namePattern = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const sizePattern = /^(x86|arm), (\d{1,4}) cores?, (\d{1,9}) MiB, (\d{1,7}) GiB(?:, (.*))?$/;
const placePattern =
  /^([a-z0-9][a-z0-9.-]{0,62})(?: \((?:until (\d{4}-\d{2}-\d{2}T[\d:.]{8,16}Z))?(?: and )?(sold out)?\))?$/;

function readLine(name: string, written: string | null): ServerType | null {
  if (written === null || written.length > maxLineLength || !namePattern.test(name)) return null;
  const [, architecture, cores, memoryMib, diskGib, places] = sizePattern.exec(written) ?? [];
  if (architecture !== 'x86' && architecture !== 'arm') return null;
  return {
    name,
    cores: Number(cores),
    memoryMib: Number(memoryMib),
    diskGib: Number(diskGib),
    architecture,
    locations: (places ?? '').split(', ').flatMap((item) => readPlace(item) ?? []),
  };
}

function readPlace(item: string): ServerTypeLocation | null {
  const [, location, unavailableAfter, soldOut] = placePattern.exec(item) ?? [];
  if (location === undefined) return null;
  return { location, available: soldOut === undefined, unavailableAfter: unavailableAfter ?? null };
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
