import type { SimHetzner } from './sim-hetzner.ts';

/** Whether lists show it already. */
export function isListed(account: SimHetzner): (thing: { readonly listedFromMs: number }) => boolean {
  return ({ listedFromMs }) => listedFromMs <= account.nowMs;
}
