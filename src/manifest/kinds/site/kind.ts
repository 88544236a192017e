import schema from '../../../../schemas/site.schema.json' with { type: 'json' };
import type { SiteName } from '../../../fleet/brand.ts';
import type { DesiredSite } from '../../../fleet/desired.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { pinChecks } from '../environment/pin-checks.ts';
import { settingsChecks } from '../environment/settings-checks.ts';
import type { ManifestKind } from '../manifest-kind.ts';
import type { SiteSpec } from './spec.ts';

export const site: ManifestKind = {
  schema,
  distinctiveField: 'title',
  references: [{ field: 'defaults.backups.policy', target: 'BackupPolicy', strength: 'required' }],
  secrets: [{ path: ['defaults', 'tls', 'certificate'] }, { path: ['defaults', 'tls', 'privateKey'] }],
  documentChecks: [(value) => settingsChecks(value, ['spec', 'defaults'])],
  fleetChecks: [
    {
      scope: 'neighbourhood',
      find: (index, { config }) => pinChecks(index.byKind.Site, ['spec', 'defaults', 'wordpress'], config),
    },
  ],
  resolution: { collection: 'sites', resolve },
};

function resolve(document: ParsedDocument): DesiredSite {
  const spec = specOf<SiteSpec>('Site', document);
  return {
    name: metadataOf(document).name as SiteName,
    ref: document.ref,
    title: spec.title,
    adminEmail: spec.adminEmail,
    owner: spec.owner ?? null,
  };
}
