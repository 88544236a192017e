import type { NodeName, ProviderName } from '../../fleet/brand.ts';
import type { DesiredHetznerProvider, DesiredNode, DesiredProvider } from '../../fleet/desired.ts';
import { uidOf } from '../../fleet/naming.ts';
import type { ParsedDocument } from '../parse-file.ts';
import { secretRef } from './secret-ref.ts';
import { metadataOf, specOf } from './spec-of.ts';
import { systemDefaults } from './system-defaults.ts';
import { parseSizeMib } from './units.ts';

export function resolveProvider(document: ParsedDocument): DesiredProvider {
  const name = metadataOf(document).name as ProviderName;
  const spec = specOf('Provider', document);
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

/** The checks have seen to it that the fields fit the type of the provider. */
export function resolveNode(document: ParsedDocument, provider: DesiredProvider, fleet: string): DesiredNode {
  const metadata = metadataOf(document);
  const spec = specOf('Node', document);
  const base = {
    name: metadata.name as NodeName,
    ref: document.ref,
    uid: uidOf(fleet, document.ref),
    provider: provider.name,
    labels: metadata.labels ?? {},
    phpVersions: spec.php?.versions ?? [systemDefaults.phpVersion],
    swapMib: parseSizeMib(String(spec.swap ?? systemDefaults.swap)) ?? 0,
    timezone: spec.timezone ?? systemDefaults.timezone,
    protected: spec.protected ?? false,
    state: spec.state ?? 'active',
  };
  if (provider.kind === 'static') {
    return {
      ...base,
      kind: 'static',
      address: spec.address ?? '',
      sshPort: spec.port ?? systemDefaults.sshPort,
      sshUser: spec.user ?? systemDefaults.sshUser,
      hostKey: spec.hostKey ?? '',
    };
  }
  return { ...base, kind: 'hetzner', ...placement(spec, provider) };
}

function placement(
  spec: { readonly serverType?: string; readonly location?: string; readonly image?: string },
  provider: DesiredHetznerProvider,
) {
  return {
    serverType: spec.serverType ?? '',
    location: spec.location ?? provider.location,
    image: spec.image ?? systemDefaults.image,
  };
}
