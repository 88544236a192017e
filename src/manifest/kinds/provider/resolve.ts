import type { ProviderName } from '../../../fleet/brand.ts';
import type { DesiredProvider } from '../../../fleet/desired.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { secretRef } from '../../resolve/secret-ref.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { SecretSpec } from '../common-spec.ts';

type ProviderSpec =
  | {
      readonly type: 'hetzner';
      readonly token: SecretSpec;
      readonly endpoint?: string;
      readonly location?: string;
      readonly sshKeys?: Readonly<Record<string, string>>;
      readonly firewall?: { readonly sshFrom?: readonly string[]; readonly webFrom?: readonly string[] };
    }
  | { readonly type: 'static' };

export function resolveProvider(document: ParsedDocument): DesiredProvider {
  const name = metadataOf(document).name as ProviderName;
  const spec = specOf<ProviderSpec>('Provider', document);
  if (spec.type === 'static') return { kind: 'static', name };
  return {
    kind: 'hetzner',
    name,
    token: secretRef(spec.token),
    endpoint: (spec.endpoint ?? systemDefaults.endpoint).replace(/\/+$/, ''),
    location: spec.location ?? systemDefaults.location,
    sshKeys: spec.sshKeys ?? {},
    firewall: {
      sshFrom: spec.firewall?.sshFrom ?? systemDefaults.anywhere,
      webFrom: spec.firewall?.webFrom ?? systemDefaults.anywhere,
    },
  };
}
