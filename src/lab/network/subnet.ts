/** The addresses of one lab, a /24 inside 10.213.0.0/16. */
export interface Subnet {
  readonly cidr: string;
  /** The host's own address on the bridge. */
  readonly hostAddress: string;
  /** Address with prefix length of the machine with that last octet. */
  addressOf(octet: number): string;
  macOf(octet: number): string;
}

export const firstOctet = 10;
export const lastOctet = 250;
export const metadataAddress = '169.254.169.254';

/** Fixed on every lab's own address, because machines have it in their files. */
export const proxyPort = 3142;
export const metadataPort = 8169;

export function subnetOf(index: number): Subnet {
  const network = `10.213.${index}`;
  return {
    cidr: `${network}.0/24`,
    hostAddress: `${network}.1`,
    addressOf: (octet) => `${network}.${octet}`,
    // Locally administered, and the same for the same address, so that no neighbour table becomes stale.
    macOf: (octet) => `02:d5:00:00:${hex(index)}:${hex(octet)}`,
  };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
