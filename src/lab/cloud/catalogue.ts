/**
 * The catalogue of the lab's cloud. Sizes and names follow Hetzner's public price list; prices are round figures in the same format,
 * for arithmetic in tests only. Arm types are listed as sold out because the lab's machines run on the host's kernel.
 */
export interface Location {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly country: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly network_zone: string;
}

export interface ServerType {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly diskGib: number;
  readonly cpuType: 'shared' | 'dedicated';
  readonly architecture: 'x86' | 'arm';
  readonly monthlyNet: number;
  /** Locations where it can be ordered. */
  readonly availableIn: readonly string[];
  /** ISO time after which it can no longer be ordered, when it is being retired. */
  readonly unavailableAfter: string | undefined;
}

export interface Image {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly osFlavor: 'debian' | 'ubuntu';
  readonly osVersion: string;
  readonly architecture: 'x86' | 'arm';
  /** Whether the lab has a root file system for it. */
  readonly bootable: boolean;
}

const europe = ['fsn1', 'nbg1', 'hel1'] as const;
const everywhere = [...europe, 'ash'] as const;

export const locations: readonly Location[] = [
  location(1, 'fsn1', 'Falkenstein DC Park 1', 'DE', 'Falkenstein', 50.47612, 12.370071, 'eu-central'),
  location(2, 'nbg1', 'Nuremberg DC Park 1', 'DE', 'Nuremberg', 49.452102, 11.076665, 'eu-central'),
  location(3, 'hel1', 'Helsinki DC Park 1', 'FI', 'Helsinki', 60.169855, 24.938379, 'eu-central'),
  location(4, 'ash', 'Ashburn, VA', 'US', 'Ashburn, VA', 39.045821, -77.487073, 'us-east'),
];

export const serverTypes: readonly ServerType[] = [
  type(104, 'cx22', 'Cost-Optimized', 2, 4, 40, 3.29, europe, { unavailableAfter: '2026-01-01T00:00:00Z' }),
  type(114, 'cx23', 'Cost-Optimized', 2, 4, 40, 2.99, europe),
  type(115, 'cx33', 'Cost-Optimized', 4, 8, 80, 4.99, europe),
  type(116, 'cx43', 'Cost-Optimized', 8, 16, 160, 8.99, europe),
  type(117, 'cx53', 'Cost-Optimized', 16, 32, 320, 16.99, europe),
  type(109, 'cpx22', 'Regular Performance', 2, 4, 80, 6.49, everywhere),
  type(110, 'cpx32', 'Regular Performance', 4, 8, 160, 10.99, everywhere),
  type(111, 'cpx42', 'Regular Performance', 8, 16, 320, 19.99, everywhere),
  type(96, 'ccx13', 'General Purpose', 2, 8, 80, 12.49, everywhere, { cpuType: 'dedicated' }),
  type(97, 'ccx23', 'General Purpose', 4, 16, 160, 24.49, everywhere, { cpuType: 'dedicated' }),
  type(45, 'cax11', 'Cost-Optimized', 2, 4, 40, 3.29, [], { architecture: 'arm' }),
  type(93, 'cax21', 'Cost-Optimized', 4, 8, 80, 5.99, [], { architecture: 'arm' }),
];

export const images: readonly Image[] = [
  image(114690387, 'debian-12', 'debian', '12', 'x86', true),
  image(114690389, 'debian-12', 'debian', '12', 'arm', false),
  image(310557660, 'debian-13', 'debian', '13', 'x86', false),
  image(310557661, 'debian-13', 'debian', '13', 'arm', false),
  image(161547269, 'ubuntu-24.04', 'ubuntu', '24.04', 'x86', false),
  image(161547270, 'ubuntu-24.04', 'ubuntu', '24.04', 'arm', false),
];

/** A product by id or by name, as most parameters of the API accept. */
export function findByIdOrName<T extends { readonly id: number; readonly name: string }>(
  items: readonly T[],
  idOrName: string,
): T | undefined {
  return items.find((item) => item.name === idOrName) ?? items.find((item) => String(item.id) === idOrName);
}

function location(
  id: number,
  name: string,
  description: string,
  country: string,
  city: string,
  latitude: number,
  longitude: number,
  zone: string,
): Location {
  return { id, name, description, country, city, latitude, longitude, network_zone: zone };
}

function type(
  id: number,
  name: string,
  category: string,
  cores: number,
  memoryGib: number,
  diskGib: number,
  monthlyNet: number,
  availableIn: readonly string[],
  rest: Partial<Pick<ServerType, 'cpuType' | 'architecture' | 'unavailableAfter'>> = {},
): ServerType {
  return {
    id,
    name,
    category,
    cores,
    memoryGib,
    diskGib,
    monthlyNet,
    availableIn,
    cpuType: rest.cpuType ?? 'shared',
    architecture: rest.architecture ?? 'x86',
    unavailableAfter: rest.unavailableAfter,
  };
}

function image(
  id: number,
  name: string,
  osFlavor: Image['osFlavor'],
  osVersion: string,
  architecture: Image['architecture'],
  bootable: boolean,
): Image {
  const description = `${osFlavor === 'debian' ? 'Debian' : 'Ubuntu'} ${osVersion}`;
  return { id, name, description, osFlavor, osVersion, architecture, bootable };
}
