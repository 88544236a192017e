/** Public addresses. A freed address is reused last. */
export interface AddressPool {
  take(): string | null;
  giveBack(address: string): void;
}

export function addressPool(network = '203.0.113', size = 200): AddressPool {
  const free = Array.from({ length: size }, (_, i) => `${network}.${i + 1}`);
  return {
    take: () => free.shift() ?? null,
    giveBack: (address) => void free.push(address),
  };
}
