import type { ProviderName } from '../../../fleet/brand.ts';
import type { DesiredProvider } from '../../../fleet/desired.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { secretRef } from '../../resolve/secret-ref.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { SecretSpec } from '../common-spec.ts';
import type { ResolveContext } from '../manifest-kind.ts';
import { type ProviderTypeName, providerTypes } from './types/index.ts';

interface ProviderSpec {
  readonly type: ProviderTypeName;
  /** Always present with a type that acquires machines. */
  readonly token?: SecretSpec;
  readonly endpoint?: string;
  readonly location?: string;
  readonly sshKeys?: Readonly<Record<string, string>>;
  readonly firewall?: { readonly sshFrom?: readonly string[]; readonly webFrom?: readonly string[] };
}

export function resolveProvider(document: ParsedDocument, { config }: ResolveContext): DesiredProvider {
  const name = metadataOf(document).name as ProviderName;
  const spec = specOf<ProviderSpec>('Provider', document);
  const type = providerTypes[spec.type];
  if (type.machines === 'existing') return { machines: 'existing', type: spec.type, name };
  return {
    machines: 'acquired',
    type: spec.type,
    name,
    token: secretRef(spec.token ?? {}),
    grants: config.secrets.grants,
    endpoint: (spec.endpoint ?? type.endpoint).replace(/\/+$/, ''),
    location: spec.location ?? type.location,
    image: type.image,
    sshKeys: spec.sshKeys ?? {},
    firewall: {
      sshFrom: spec.firewall?.sshFrom ?? systemDefaults.anywhere,
      webFrom: spec.firewall?.webFrom ?? systemDefaults.anywhere,
    },
  };
}
