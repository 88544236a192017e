import schema from '../../../../schemas/provider.schema.json' with { type: 'json' };
import type { Json } from '../../../fleet/digest.ts';
import { isCidr, isPrivateHost } from '../../checks/network-rules.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { stringAt, textsAt } from '../../plain.ts';
import type { ManifestKind } from '../manifest-kind.ts';
import { locationChecks } from './location-checks.ts';
import { resolveProvider } from './resolve.ts';
import { cloudTypeOf } from './types/index.ts';

export const provider: ManifestKind = {
  schema,
  distinctiveField: 'type',
  references: [],
  secrets: [
    {
      path: ['token'],
      providerToken: true,
      sentTo: (value) => stringAt(value, 'spec', 'endpoint') ?? cloudTypeOf(value)?.endpoint,
    },
  ],
  documentChecks: [endpointChecks, firewallChecks],
  fleetChecks: [
    {
      scope: 'neighbourhood',
      find: (index, context) => locationChecks(index.byKind.Provider, index, context),
    },
  ],
  resolution: { collection: 'providers', resolve: resolveProvider },
};

function endpointChecks(value: Json): FieldProblem[] {
  const endpoint = stringAt(value, 'spec', 'endpoint');
  const type = cloudTypeOf(value);
  if (type === undefined || endpoint === undefined || !URL.canParse(endpoint)) return [];
  const { protocol, hostname } = new URL(endpoint);
  if (isPrivateHost(hostname)) return [];
  const path = ['spec', 'endpoint'];
  if (protocol !== 'https:') {
    const message = 'the token would be sent over the network unencrypted';
    return [
      {
        code: diagnosticCodes.endpointUnsafe,
        message,
        path,
        at: 'value',
        expected: 'an https URL',
        suggestion: type.endpoint,
      },
    ];
  }
  if (hostname === new URL(type.endpoint).hostname) return [];
  const message = `the token will be sent to ${quoted(hostname)}, which is not the API of ${type.title}`;
  return [
    {
      code: diagnosticCodes.endpointUnsafe,
      severity: 'warning',
      message,
      path,
      at: 'value',
      suggestion: type.endpoint,
    },
  ];
}

function firewallChecks(value: Json): FieldProblem[] {
  return ['sshFrom', 'webFrom'].flatMap((list) =>
    textsAt(value, 'spec', 'firewall', list)
      .filter(([, text]) => !isCidr(text))
      .map(([index, text]) => ({
        code: diagnosticCodes.networkInvalid,
        message: `${quoted(text)} is not a network`,
        path: ['spec', 'firewall', list, String(index)],
        at: 'value' as const,
        expected: 'CIDR notation, e.g. 203.0.113.7/32 or 2001:db8::/32',
      })),
  );
}
