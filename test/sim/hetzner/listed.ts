import type { SimHetzner } from './sim-hetzner.ts';

/** Whether lists already show it. */
export function isListed(account: SimHetzner): (thing: { readonly listedFromMs: number }) => boolean {
  return ({ listedFromMs }) => listedFromMs <= account.nowMs;
}
