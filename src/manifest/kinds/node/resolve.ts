import type { NodeName } from '../../../fleet/brand.ts';
import type { DesiredCloudProvider, DesiredNode } from '../../../fleet/desired.ts';
import { uidOf } from '../../../fleet/naming.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseSizeMib } from '../../resolve/units.ts';
import type { ResolveContext } from '../manifest-kind.ts';
import { resolveProvider } from '../provider/resolve.ts';

interface NodeSpec {
  readonly provider: string;
  readonly serverType?: string;
  readonly location?: string;
  readonly image?: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly hostKey?: string;
  readonly php?: { readonly versions?: readonly string[] };
  readonly swap?: string | 0;
  readonly timezone?: string;
  readonly protected?: boolean;
  readonly state?: 'active' | 'suspended';
}

/** The checks ensure that the fields fit the type of the provider. Undefined when the provider has no manifest. */
export function resolveNode(document: ParsedDocument, context: ResolveContext): DesiredNode | undefined {
  const { config } = context;
  const providerDocument = context.target('provider');
  if (providerDocument === undefined) return undefined;
  const provider = resolveProvider(providerDocument, context);
  const metadata = metadataOf(document);
  const spec = specOf<NodeSpec>('Node', document);
  const base = {
    name: metadata.name as NodeName,
    ref: document.ref,
    uid: uidOf(config.fleet, document.ref),
    provider: provider.name,
    labels: metadata.labels ?? {},
    phpVersions: spec.php?.versions ?? [systemDefaults.phpVersion],
    swapMib: parseSizeMib(String(spec.swap ?? systemDefaults.swap)) ?? 0,
    timezone: spec.timezone ?? systemDefaults.timezone,
    protected: spec.protected ?? false,
    state: spec.state ?? 'active',
  };
  if (provider.machines === 'existing') {
    return {
      ...base,
      kind: 'existing',
      address: spec.address ?? '',
      sshPort: spec.port ?? systemDefaults.sshPort,
      sshUser: spec.user ?? systemDefaults.sshUser,
      hostKey: spec.hostKey ?? '',
    };
  }
  return { ...base, kind: 'acquired', ...placement(spec, provider) };
}

function placement(spec: NodeSpec, provider: DesiredCloudProvider) {
  return {
    serverType: spec.serverType ?? '',
    location: spec.location ?? provider.location,
    image: spec.image ?? provider.image,
  };
}
