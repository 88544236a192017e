import type { Json } from '../../fleet/digest.ts';
import { judgeUse, secretName } from '../../fleet/secret-grants.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem, Located } from '../fleet-index.ts';
import { resolveGrants, type SecretGrantSpec } from '../kinds/pressluft/secret-grants.ts';
import type { SecretField } from '../parsed-file.ts';
import { valueAt } from '../plain.ts';
import { readSecretRef } from '../resolve/secret-ref.ts';
import { kindsWithSecrets } from '../secret-fields.ts';

/**
 * Uses of secrets without a grant. A fleet without any grants is only warned, so that an upgrade changes nothing; the controller refuses
 * the secret either way.
 */
export function secretGrantChecks(index: FleetIndex, config: Json | undefined): FleetProblem[] {
  if (config === undefined) return [];
  const written = valueAt(config, 'spec', 'secrets', 'grants');
  // The schema was checked.
  const grants = Array.isArray(written)
    ? resolveGrants(written as unknown as readonly SecretGrantSpec[])
    : [];
  const severity = Array.isArray(written) ? 'error' : 'warning';
  return kindsWithSecrets.flatMap((kind) =>
    index.byKind[kind].flatMap((where) =>
      where.document.secrets.flatMap((field): FleetProblem[] => {
        const ref = readSecretRef(field.value);
        if (ref === undefined) return [];
        const use = { resource: where.document.ref, field: field.name, host: field.sentTo };
        const verdict = judgeUse(grants, ref, use);
        if (verdict === 'granted') return [];
        const problem =
          verdict === 'host' ? hostProblem(where, field) : resourceProblem(where, field, secretName(ref));
        return [{ where, problem: { ...problem, severity } }];
      }),
    ),
  );
}

function resourceProblem(where: Located, { path, name, sentTo }: SecretField, secret: string): FieldProblem {
  const hosts = sentTo === null ? '' : `, hosts: [${sentTo}]`;
  return {
    code: diagnosticCodes.secretNotGranted,
    message: `no grant allows ${where.document.ref} to use ${quoted(secret)} as ${name}`,
    path,
    at: 'value',
    expected: `spec.secrets.grants of pressluft.yaml: { secret: …, to: [${where.document.ref}], fields: [${name}]${hosts} }`,
  };
}

function hostProblem(where: Located, { path, name, sentTo }: SecretField): FieldProblem {
  return {
    code: diagnosticCodes.secretNotGranted,
    message: `no grant allows that ${name} of ${where.document.ref} is sent to ${quoted(sentTo ?? '')}`,
    path,
    at: 'value',
    expected: `a host of its grant in spec.secrets.grants of pressluft.yaml`,
  };
}
