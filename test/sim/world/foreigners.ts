import { emptySlot, type SimMachine, type Slot } from '../machines/machine.ts';

export const foreignUid = 'somebodyelse2345';

/** Names of sites on the static host that belong to another fleet; our fleet may use the second name, too. */
export const foreignNames = ['their-blog', 'shop-e'] as const;

/** Puts sites of another fleet on a host, as that fleet's controller would create them. */
export function foreignSlot(machine: SimMachine): void {
  for (const name of foreignNames) {
    const slot: Slot = {
      ...emptySlot(name),
      claim: foreignUid,
      userHome: `/srv/pressluft/${name}`,
      secrets: 1,
      directories: true,
      database: true,
      databaseUser: 'current',
      databaseSocket: 15,
      cache: '15 64',
      record: {
        v: 1,
        name,
        uid: foreignUid,
        digest: `sha256:${'f'.repeat(64)}`,
        spec: { deletion_policy: 'delete' },
      },
    };
    machine.slots.set(name, slot);
  }
}
