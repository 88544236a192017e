import { type Image, type Location, locations, type ServerType, serverTypes } from './catalogue.ts';

const vatRate = 19;
const hoursPerMonth = 720;
const includedTrafficBytes = 20 * 1024 ** 4;

/** `isSoldOut` is called on every rendering, so that a fault can mark a type as sold out between two requests. */
export type SoldOut = (serverType: string, location: string) => boolean;

export function renderServerType(type: ServerType, isSoldOut: SoldOut): object {
  const key = [type.name, ...type.availableIn.filter((location) => isSoldOut(type.name, location))].join(' ');
  const known = renderedTypes.get(key);
  if (known !== undefined) return known;
  const rendered = renderOffer(type, isSoldOut);
  renderedTypes.set(key, rendered);
  return rendered;
}

/** By name, and the locations where it is sold out: every view of a server contains its type. */
const renderedTypes = new Map<string, object>();

function renderOffer(type: ServerType, isSoldOut: SoldOut): object {
  const deprecation = deprecationOf(type);
  return {
    id: type.id,
    name: type.name,
    description: type.name.toUpperCase(),
    category: type.category,
    cores: type.cores,
    memory: type.memoryGib,
    disk: type.diskGib,
    deprecated: deprecation !== null,
    deprecation,
    prices: locations.map((location) => typePrice(type, location.name)),
    storage_type: 'local',
    cpu_type: type.cpuType,
    architecture: type.architecture,
    locations: locations
      .filter((location) => isOffered(type, location))
      .map((location) => ({
        id: location.id,
        name: location.name,
        deprecation,
        recommended: deprecation === null && isAvailable(type, location, isSoldOut),
        available: isAvailable(type, location, isSoldOut),
      })),
  };
}

/** A type is listed for the locations that have it; a type that no location has is sold out everywhere. */
function isOffered({ availableIn }: ServerType, { name }: Location): boolean {
  return availableIn.length === 0 || availableIn.includes(name);
}

function isAvailable(type: ServerType, location: Location, isSoldOut: SoldOut): boolean {
  return type.availableIn.includes(location.name) && !isSoldOut(type.name, location.name);
}

export function renderImage(image: Image): object {
  return {
    id: image.id,
    type: 'system',
    status: 'available',
    name: image.name,
    description: image.description,
    image_size: null,
    disk_size: 5,
    created: '2025-01-01T00:00:00Z',
    created_from: null,
    bound_to: null,
    os_flavor: image.osFlavor,
    os_version: image.osVersion,
    rapid_deploy: image.bootable,
    protection: { delete: false },
    deprecated: null,
    deleted: null,
    labels: {},
    architecture: image.architecture,
  };
}

export function renderPricing(): object {
  const ipPrices = locations.map(({ name }) => ({
    location: name,
    price_hourly: price(0.5 / hoursPerMonth),
    price_monthly: price(0.5),
  }));
  return {
    currency: 'EUR',
    vat_rate: vatRate.toFixed(6),
    primary_ips: (['ipv4', 'ipv6'] as const).map((kind) => ({ type: kind, prices: ipPrices })),
    floating_ips: (['ipv4', 'ipv6'] as const).map((kind) => ({
      type: kind,
      prices: locations.map(({ name }) => ({ location: name, price_monthly: price(3) })),
    })),
    floating_ip: { price_monthly: price(3) },
    image: { price_per_gb_month: price(0.011) },
    volume: { price_per_gb_month: price(0.044) },
    server_backup: { percentage: '20.0000000000' },
    server_types: serverTypes.map((type) => ({
      id: type.id,
      name: type.name,
      prices: locations.map((location) => typePrice(type, location.name)),
    })),
    load_balancer_types: [],
  };
}

function deprecationOf(type: ServerType): object | null {
  if (type.unavailableAfter === undefined) return null;
  return { announced: '2025-10-01T00:00:00Z', unavailable_after: type.unavailableAfter };
}

function typePrice(type: ServerType, location: string): object {
  return {
    location,
    price_hourly: price(type.monthlyNet / hoursPerMonth),
    price_monthly: price(type.monthlyNet),
    included_traffic: includedTrafficBytes,
    price_per_tb_traffic: price(1),
  };
}

function price(net: number): { net: string; gross: string } {
  return { net: net.toFixed(10), gross: (net * (1 + vatRate / 100)).toFixed(10) };
}
