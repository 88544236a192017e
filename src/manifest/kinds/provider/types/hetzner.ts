import type { KnownServerType, Retirement } from '../../../../fleet/server-types.ts';
import type { CloudProviderType } from './provider-type.ts';

/** Locations as of 2026: https://docs.hetzner.com/cloud/general/locations/ */
const locations: readonly string[] = ['fsn1', 'nbg1', 'hel1', 'ash', 'hil', 'sin'];

const europe = ['fsn1', 'nbg1', 'hel1'] as const;
const firstShared: Retirement = { since: '2024-09-06', locations: null };
const secondShared: Retirement = { since: '2026-01-01', locations: null };
const europeanCpx: Retirement = { since: '2026-01-01', locations: europe };
const earlier: Retirement = { since: null, locations: null };

/**
 * Sizes as of 2025-10 (cpx12: 2026-07), from the price list, https://www.hetzner.com/cloud. Retirements from
 * https://docs.hetzner.cloud/changelog: 2024-06-06 (cx*1), 2025-10-16 (cx*2 everywhere, cpx*1 in Europe).
 */
const serverTypes: readonly KnownServerType[] = [
  x86('cx23', 2, 4, 40),
  x86('cx33', 4, 8, 80),
  x86('cx43', 8, 16, 160),
  x86('cx53', 16, 32, 320),
  x86('cpx12', 1, 2, 40),
  x86('cpx22', 2, 4, 80),
  x86('cpx32', 4, 8, 160),
  x86('cpx42', 8, 16, 320),
  x86('cpx52', 12, 24, 480),
  x86('cpx62', 16, 32, 640),
  x86('ccx13', 2, 8, 80),
  x86('ccx23', 4, 16, 160),
  x86('ccx33', 8, 32, 240),
  x86('ccx43', 16, 64, 360),
  x86('ccx53', 32, 128, 600),
  x86('ccx63', 48, 192, 960),
  arm('cax11', 2, 4, 40),
  arm('cax21', 4, 8, 80),
  arm('cax31', 8, 16, 160),
  arm('cax41', 16, 32, 320),
  x86('cpx11', 2, 2, 40, europeanCpx),
  x86('cpx21', 3, 4, 80, europeanCpx),
  x86('cpx31', 4, 8, 160, europeanCpx),
  x86('cpx41', 8, 16, 240, europeanCpx),
  x86('cpx51', 16, 32, 360, europeanCpx),
  x86('cx22', 2, 4, 40, secondShared),
  x86('cx32', 4, 8, 80, secondShared),
  x86('cx42', 8, 16, 160, secondShared),
  x86('cx52', 16, 32, 320, secondShared),
  x86('cx11', 1, 2, 20, firstShared),
  x86('cx21', 2, 4, 40, firstShared),
  x86('cx31', 2, 8, 80, firstShared),
  x86('cx41', 4, 16, 160, firstShared),
  x86('cx51', 8, 32, 240, firstShared),
  x86('ccx12', 2, 8, 80, earlier),
  x86('ccx22', 4, 16, 160, earlier),
  x86('ccx32', 8, 32, 240, earlier),
  x86('ccx42', 16, 64, 360, earlier),
  x86('ccx52', 32, 128, 600, earlier),
  x86('ccx62', 48, 192, 960, earlier),
];

/** A project of Hetzner Cloud. */
export const hetzner: CloudProviderType = {
  machines: 'acquired',
  title: 'Hetzner',
  endpoint: 'https://api.hetzner.cloud/v1',
  location: 'fsn1',
  image: 'debian-12',
  offers: { serverTypes, locations },
  commands: {
    addLabel: (server) => `hcloud server add-label --overwrite ${server} <label>`,
    rename: (server, name) => `hcloud server update ${server} --name ${name}`,
  },
};

/** Hetzner counts memory in GB and means GiB: `free` on a cx23 shows a little less than 4096 MiB. */
function x86(name: string, cores: number, memoryGib: number, diskGib: number, retired?: Retirement) {
  return typeOf(name, 'x86', cores, memoryGib, diskGib, retired);
}

function arm(name: string, cores: number, memoryGib: number, diskGib: number) {
  return typeOf(name, 'arm', cores, memoryGib, diskGib, undefined);
}

function typeOf(
  name: string,
  architecture: KnownServerType['architecture'],
  cores: number,
  memoryGib: number,
  diskGib: number,
  retired: Retirement | undefined,
): KnownServerType {
  const size = { name, cores, memoryMib: memoryGib * 1024, diskGib, architecture };
  return retired === undefined ? size : { ...size, retired };
}
