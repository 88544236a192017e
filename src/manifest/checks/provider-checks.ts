import type { Json } from '../../fleet/digest.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt, textsAt } from '../plain.ts';
import { systemDefaults } from '../resolve/system-defaults.ts';
import { isCidr, isPrivateHost } from './network-rules.ts';

const tokenVariable = /^(HCLOUD_|PRESSLUFT_SECRET_)[A-Z0-9_]+$/;
/** A file of the controller's secrets directory, or a path in one that holds secrets for services: container secrets, systemd credentials, our own. */
const tokenFile =
  /^(\/(run\/secrets|run\/credentials|etc\/pressluft)\/)?(?!\.{1,2}(\/|$))[A-Za-z0-9._@-]+(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@-]+)*$/;

export function providerChecks(value: Json): FieldProblem[] {
  return [...tokenChecks(value), ...endpointChecks(value), ...firewallChecks(value)];
}

function tokenChecks(value: Json): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const variable = stringAt(value, 'spec', 'token', 'env');
  if (variable !== undefined && !tokenVariable.test(variable)) {
    problems.push({
      code: 'PL1042',
      message: `the environment variable ${quoted(variable)} cannot be used by a manifest`,
      path: ['spec', 'token', 'env'],
      at: 'value',
      expected: 'a name in upper case that starts with HCLOUD_ or PRESSLUFT_SECRET_, e.g. HCLOUD_TOKEN',
    });
  }
  const file = stringAt(value, 'spec', 'token', 'file');
  if (file !== undefined && !tokenFile.test(file)) {
    problems.push({
      code: 'PL1042',
      message: `the file ${quoted(file)} cannot be used by a manifest`,
      path: ['spec', 'token', 'file'],
      at: 'value',
      expected:
        'a file name such as hcloud-token, or a path below /run/secrets, /run/credentials or /etc/pressluft',
    });
  }
  return problems;
}

function endpointChecks(value: Json): FieldProblem[] {
  const endpoint = stringAt(value, 'spec', 'endpoint');
  if (endpoint === undefined || !URL.canParse(endpoint)) return [];
  const { protocol, hostname } = new URL(endpoint);
  if (isPrivateHost(hostname)) return [];
  const path = ['spec', 'endpoint'];
  if (protocol !== 'https:') {
    const message = 'the token would be sent over the network unencrypted';
    return [
      {
        code: 'PL1043',
        message,
        path,
        at: 'value',
        expected: 'an https URL',
        suggestion: systemDefaults.endpoint,
      },
    ];
  }
  if (hostname === 'api.hetzner.cloud') return [];
  const message = `the token will be sent to ${quoted(hostname)}, which is not the API of Hetzner`;
  return [
    { code: 'PL1043', severity: 'warning', message, path, at: 'value', suggestion: systemDefaults.endpoint },
  ];
}

function firewallChecks(value: Json): FieldProblem[] {
  return ['sshFrom', 'webFrom'].flatMap((list) =>
    textsAt(value, 'spec', 'firewall', list)
      .filter(([, text]) => !isCidr(text))
      .map(([index, text]) => ({
        code: 'PL1045' as const,
        message: `${quoted(text)} is not a network`,
        path: ['spec', 'firewall', list, String(index)],
        at: 'value' as const,
        expected: 'CIDR notation, e.g. 203.0.113.7/32 or 2001:db8::/32',
      })),
  );
}
