import type { ServerType, ServerTypeLocation } from '../../fleet/observed.ts';
import type { Api } from './api.ts';
import { listAll } from './listing.ts';
import { type Fields, flag, id, malformed, objectOrNull, objects, size, text } from './reader.ts';

/** Hetzner has six. */
const maxLocations = 200;

export async function listServerTypes(
  api: Api,
  signal: AbortSignal | undefined,
): Promise<readonly ServerType[]> {
  const found = await listAll(api.transport, {
    path: '/server_types',
    key: 'server_types',
    read: (item) => ({ id: id(item, 'id'), type: readServerType(item) }),
    signal,
  });
  return found.flatMap(({ type }) => type ?? []);
}

/** Null for an unknown architecture: the rest of the list stays valid. */
function readServerType(item: Fields): ServerType | null {
  const architecture = text(item, 'architecture');
  if (architecture !== 'x86' && architecture !== 'arm') return null;
  return {
    name: productName(item),
    cores: Math.ceil(size(item, 'cores')),
    // The API says GB and means GiB: `free` on a server of "4 GB" shows a little less than 4096 MiB.
    memoryMib: Math.round(size(item, 'memory') * 1024),
    diskGib: Math.round(size(item, 'disk')),
    architecture,
    locations: objects(item, 'locations', maxLocations).map(readLocation),
  };
}

function readLocation(item: Fields): ServerTypeLocation {
  const deprecation = objectOrNull(item, 'deprecation');
  return {
    location: productName(item),
    available: flag(item, 'available'),
    unavailableAfter: deprecation === null ? null : instant(deprecation, 'unavailable_after'),
  };
}

/** Used in records and messages, so anything but a plain word is rejected. */
function productName(item: Fields): string {
  const name = text(item, 'name');
  if (!/^[a-z0-9][a-z0-9.-]{0,62}$/.test(name))
    throw malformed(item.at('name').path, 'the name of a product');
  return name;
}

function instant(parent: Fields, key: string): string {
  const ms = Date.parse(text(parent, key));
  if (!Number.isFinite(ms)) throw malformed(parent.at(key).path, 'a time');
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
