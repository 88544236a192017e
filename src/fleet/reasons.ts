import { actionReasons } from './reasons/action-reasons.ts';
import { blockedReasons } from './reasons/blocked-reasons.ts';
import { checkReasons } from './reasons/check-reasons.ts';
import { nodeReasons } from './reasons/node-reasons.ts';
import { providerReasons } from './reasons/provider-reasons.ts';
import type { ReasonEntry } from './reasons/reason-entry.ts';
import { stateReasons } from './reasons/state-reasons.ts';

/** Every reason by its spelling in plans, status documents and output; `docs/reasons.md` is generated from it. */
export const reasons = {
  ...stateReasons,
  ...actionReasons,
  ...blockedReasons,
  ...nodeReasons,
  ...checkReasons,
  ...providerReasons,
} as const;

export type Reason = keyof typeof reasons;
export type ProviderReason = keyof typeof providerReasons | 'Unknown' | 'UnknownReason';
export type CheckReason = keyof typeof checkReasons;
export type NodeReason = keyof typeof nodeReasons | CheckReason | 'UnknownReason';
/** Why a node is not the recorded one. */
export const identityReasonNames = [
  'ServerUnlabelled',
  'ServerRenamed',
  'ServerAmbiguous',
  'ServerGone',
  'ServerRebuilt',
  'ServerAddressChanged',
] as const satisfies readonly (keyof typeof nodeReasons)[];
export type IdentityReason = (typeof identityReasonNames)[number];
const lossReasonNames = [
  'ServerGone',
  'ServerRebuilt',
  'ServerAddressChanged',
  'DataMissing',
  'SiteDiffers',
] as const;
/** An action for one of these reasons accepts a loss or a change from outside: it needs an approval of its own. */
export type LossReason = (typeof lossReasonNames)[number];
export type ActionReason = keyof typeof actionReasons | 'ServerMissing' | LossReason;
export type BlockedReason = keyof typeof blockedReasons | NodeReason;

const entries: Readonly<Record<Reason, ReasonEntry>> = reasons;

/** Entry of a reason. A text that did not come from {@link readReason} counts as unknown. */
export function reasonEntry(reason: Reason): ReasonEntry {
  return entries[reason] ?? reasons.UnknownReason;
}

/** `server_off` of `ServerOff`: the spelling in nodes, plans and observations before version 2 of their formats. */
const earlier = new Map(
  Object.keys(reasons).map((name) => [
    name.replace(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`),
    name as Reason,
  ]),
);

/** Parses a reason from outside, in the current or the former spelling; undefined for any other text. */
export function readReason(text: string): Reason | undefined {
  return Object.hasOwn(reasons, text) ? (text as Reason) : earlier.get(text);
}

/** Parses a reason with its message from outside. An unknown reason is kept in the message. */
export function reasonWithMessage(
  text: string,
  message: string,
): { readonly reason: Reason; readonly message: string } {
  const reason = readReason(text);
  return reason === undefined
    ? { reason: 'UnknownReason', message: [text, message].filter((part) => part !== '').join(': ') }
    : { reason, message };
}

/** Reason and detail of a readiness check in the form of a probe or an older record: `service_inactive:nginx`. */
export function readCheck(code: string): { readonly reason: CheckReason; readonly detail: string | null } {
  const colon = code.indexOf(':');
  const reason = readReason(colon < 0 ? code : code.slice(0, colon));
  if (reason === undefined || !isCheckReason(reason)) return { reason: 'UnknownCheck', detail: code };
  return { reason, detail: colon < 0 ? null : code.slice(colon + 1) };
}

export function isCheckReason(reason: Reason): reason is CheckReason {
  return Object.hasOwn(checkReasons, reason);
}

export function isNodeReason(reason: Reason): reason is NodeReason {
  return isCheckReason(reason) || Object.hasOwn(nodeReasons, reason) || reason === 'UnknownReason';
}

const lossReasons: ReadonlySet<string> = new Set(lossReasonNames);

export function isLossReason(reason: string): reason is LossReason {
  return lossReasons.has(reason);
}

/** Whether a blocked action runs once it is approved. Other actions may be blocked by the same loss. */
export function asksForApproval(
  reason: string,
  action: { readonly reason: string } | null | undefined,
): boolean {
  return reason === 'ApprovalRequired' || (isLossReason(reason) && action?.reason === reason);
}

const identityReasons: ReadonlySet<string> = new Set(identityReasonNames);

export function isIdentityReason(reason: string): reason is IdentityReason {
  return identityReasons.has(reason);
}

export function isProviderReason(reason: Reason): reason is ProviderReason {
  return Object.hasOwn(providerReasons, reason) || reason === 'Unknown' || reason === 'UnknownReason';
}
