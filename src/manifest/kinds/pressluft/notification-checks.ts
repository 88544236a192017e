import type { Json } from '../../../fleet/digest.ts';
import { isPrivateHost } from '../../checks/network-rules.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { stringAt, valueAt } from '../../plain.ts';

/** A token must not go over a public network unencrypted. */
export function notificationChecks(value: Json): FieldProblem[] {
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
