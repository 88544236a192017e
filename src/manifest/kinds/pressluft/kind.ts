import schema from '../../../../schemas/pressluft.schema.json' with { type: 'json' };
import { configPath } from '../../../fleet/config-path.ts';
import type { Json } from '../../../fleet/digest.ts';
import { notAppliedWhy } from '../../../fleet/not-applied.ts';
import { isPrivateHost } from '../../checks/network-rules.ts';
import { reservedName } from '../../checks/unreachable-names.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem } from '../../fleet-index.ts';
import { stringAt, valueAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { ManifestKind } from '../manifest-kind.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import type { ChannelType } from './channels/channel-type.ts';
import { type ChannelTypeName, channelTypes } from './channels/index.ts';
import { maintenanceChecks } from './maintenance-checks.ts';
import { ownershipMissingCheck, ownershipRuleChecks } from './ownership-rules.ts';
import { signerChecks } from './signer-checks.ts';

/** `resolve.ts` is called separately, because every other kind is resolved with the configuration. */
export const pressluft: ManifestKind = {
  schema,
  references: [],
  secrets: [{ path: ['notifications', '*', 'token'], sentTo: (_value, channel) => channelUrl(channel) }],
  documentChecks: [
    placeChecks,
    maintenanceChecks,
    notificationChecks,
    signerChecks,
    previewDomainChecks,
    notificationNotes,
    ownershipRuleChecks,
  ],
  fleetChecks: [
    { scope: 'fleet', find: countChecks },
    { scope: 'fleet', find: (index, { config }) => ownershipMissingCheck(index, config) },
  ],
  resolution: null,
};

function channelUrl(channel: Json | undefined): string | undefined {
  const type = stringAt(channel, 'type') ?? '';
  const known: ChannelType | undefined = Object.hasOwn(channelTypes, type)
    ? channelTypes[type as ChannelTypeName]
    : undefined;
  return stringAt(channel, 'url') ?? known?.defaultUrl ?? undefined;
}

function placeChecks(_value: Json, file: string): FieldProblem[] {
  if (file === configPath) return [];
  const message = `a manifest of kind Pressluft belongs in ${configPath}, not in ${quoted(file)}`;
  return [{ code: diagnosticCodes.manifestMisplaced, message, path: ['kind'], at: 'value' }];
}

/** A second Pressluft manifest in the right file; those in other files are reported there. */
function countChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Pressluft.filter(({ file }) => file.path === configPath)
    .slice(1)
    .map((where) => {
      const message = 'there is more than one manifest of kind Pressluft';
      return {
        where,
        problem: { code: diagnosticCodes.manifestMisplaced, message, path: ['kind'], at: 'value' },
      };
    });
}

/** A preview domain that is never in the public DNS: preview URLs work only with another resolver. */
function previewDomainChecks(value: Json): FieldProblem[] {
  const preview = stringAt(value, 'spec', 'previewDomain');
  const name = preview === undefined ? undefined : reservedName(preview);
  if (preview === undefined || name === undefined) return [];
  const message = `preview URLs below ${quoted(preview)} do not resolve: names below ${quoted(name)} are never in the public DNS`;
  const expected = 'a domain whose wildcard names resolve to the address in them';
  const suggestion = systemDefaults.previewDomain;
  const path = ['spec', 'previewDomain'];
  return [{ code: diagnosticCodes.previewDomainMissing, message, path, at: 'value', expected, suggestion }];
}

/** A token must not go over a public network unencrypted. */
function notificationChecks(value: Json): FieldProblem[] {
  const targets = valueAt(value, 'spec', 'notifications');
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((target: Json, index): FieldProblem[] => {
    const url = stringAt(target, 'url');
    if (url === undefined || valueAt(target, 'token') === undefined || !URL.canParse(url)) return [];
    const { protocol, hostname } = new URL(url);
    if (protocol === 'https:' || isPrivateHost(hostname)) return [];
    const message = 'the token would be sent over the network unencrypted';
    const path = ['spec', 'notifications', String(index), 'url'];
    return [{ code: diagnosticCodes.endpointUnsafe, message, path, at: 'value', expected: 'an https URL' }];
  });
}

function notificationNotes(value: Json): FieldProblem[] {
  const list = valueAt(value, 'spec', 'notifications');
  if (!Array.isArray(list) || list.length === 0) return [];
  return [{ ...notSupportedYet(['spec', 'notifications'], notAppliedWhy.notifications), at: 'key' }];
}
