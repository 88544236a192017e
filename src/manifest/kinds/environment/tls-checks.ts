import type { Json } from '../../../fleet/digest.ts';
import { reservedName } from '../../checks/unreachable-names.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { type FleetIndex, type FleetProblem, type Located, referred } from '../../fleet-index.ts';
import { stringAt, valueAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { NeighbourhoodContext } from '../manifest-kind.ts';
import { claimedDomains } from './claimed-domains.ts';

/** Maximum number of names of a certificate of Let's Encrypt: https://letsencrypt.org/docs/rate-limits/ */
const maxNames = 100;

/**
 * TLS of environments, with the defaults of their sites filled in: certificates that no authority will issue, and missing ones. Names
 * are warnings: the rest of the environment works, and a private authority may accept them.
 */
export function tlsChecks(index: FleetIndex, { config }: NeighbourhoodContext): FleetProblem[] {
  return index.byKind.Environment.flatMap((where) => {
    const own = valueAt(where.document.value, 'spec', 'tls');
    const site = referred(index, where.document, 'site');
    const inherited =
      site === undefined ? undefined : valueAt(site.document.value, 'spec', 'defaults', 'tls');
    if (own === undefined && inherited === undefined) return [];
    const mode = stringAt(own, 'mode') ?? stringAt(inherited, 'mode') ?? 'off';
    const root = own === undefined ? ['spec', 'domains'] : ['spec', 'tls'];
    const problems =
      mode === 'acme'
        ? [
            ...acmeChecks(where, root, config),
            ...contactCheck(where, stringAt(own, 'email') ?? stringAt(inherited, 'email'), site),
          ]
        : mode === 'provided'
          ? providedChecks(where, own, inherited, root)
          : [];
    return problems.map((problem) => ({ where, problem }));
  });
}

function acmeChecks(where: Located, root: readonly string[], config: Json | undefined): FieldProblem[] {
  const claimed = claimedDomains(where.document.value);
  if (claimed.length === 0) return [previewOnly(where, root, config)];
  const unreachable = claimed.flatMap(({ domain, path }): FieldProblem[] => {
    const name = reservedName(domain);
    if (name === undefined) return [];
    const message = `no authority issues a certificate for ${quoted(domain)}: names below ${quoted(name)} are never in the public DNS`;
    const expected = 'a domain of your own, or tls: { mode: provided } or { mode: off }';
    return [{ code: diagnosticCodes.certificateNotIssued, message, path, at: 'value', expected }];
  });
  if (claimed.length <= maxNames) return unreachable;
  const message = `${where.document.ref} has ${claimed.length} names, and a certificate can have at most ${maxNames}`;
  return [
    ...unreachable,
    { code: diagnosticCodes.certificateNotIssued, message, path: ['spec', 'domains'], at: 'key' },
  ];
}

function previewOnly(where: Located, path: readonly string[], config: Json | undefined): FieldProblem {
  const preview = stringAt(config, 'spec', 'previewDomain') ?? systemDefaults.previewDomain;
  const message = `${where.document.ref} has no domain for a certificate, only its preview URL below ${quoted(preview)}`;
  const shared =
    preview === systemDefaults.previewDomain
      ? ', and all users of that service share its weekly limit of new certificates'
      : '';
  return {
    code: diagnosticCodes.certificateWithoutDomain,
    message: `${message}${shared}`,
    path,
    at: 'key',
    expected: 'domains.primary, or tls: { mode: off } until there is one',
  };
}

/** An authority refuses an ACME account with a contact that no mail can reach (RFC 8555, 7.3: invalidContact). */
function contactCheck(where: Located, email: string | undefined, site: Located | undefined): FieldProblem[] {
  const contact = email ?? stringAt(site?.document.value, 'spec', 'adminEmail');
  const host = contact?.slice(contact.lastIndexOf('@') + 1);
  const name = host === undefined ? undefined : reservedName(host);
  if (contact === undefined || name === undefined) return [];
  const own = stringAt(where.document.value, 'spec', 'tls', 'email') !== undefined;
  const origin = email === undefined ? ' (the administrator of the site)' : '';
  const message = `certificate authorities refuse the contact ${quoted(contact)}${origin}: no mail reaches ${quoted(name)}`;
  const path = own ? ['spec', 'tls', 'email'] : ['spec', 'tls'];
  return [
    {
      code: diagnosticCodes.certificateNotIssued,
      message,
      path,
      at: 'value',
      expected: 'tls.email: an address that receives mail',
    },
  ];
}

function providedChecks(
  where: Located,
  own: Json | undefined,
  inherited: Json | undefined,
  path: readonly string[],
): FieldProblem[] {
  const missing = ['certificate', 'privateKey'].filter(
    (field) => valueAt(own, field) === undefined && valueAt(inherited, field) === undefined,
  );
  if (missing.length === 0) return [];
  const fields = missing.join(' and ');
  const message = `${where.document.ref} brings its own certificate, and tls.${fields.replace(' and ', ' and tls.')} ${missing.length > 1 ? 'are' : 'is'} missing`;
  const expected = missing
    .map((field) => `${field}: { file: acme.${field === 'certificate' ? 'pem' : 'key'} }`)
    .join(', ');
  return [{ code: diagnosticCodes.certificateMissing, message, path, at: 'key', expected }];
}
