import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { maintenanceChecks } from './maintenance-checks.ts';
import { policyChecks } from './policy-checks.ts';
import { previewDomainChecks } from './preview-domain-checks.ts';
import { redirectChecks } from './redirect-checks.ts';

/** What one document promises and cannot keep: it depends on nothing else, so it is found out once for each content of a file. */
export function semanticDocumentChecks(kind: ResourceKind, value: Json): readonly FieldProblem[] {
  switch (kind) {
    case 'Pressluft':
      return [...maintenanceChecks(value), ...previewDomainChecks(value)];
    case 'BackupPolicy':
      return policyChecks(value);
    case 'Environment':
      return redirectChecks(value);
    default:
      return [];
  }
}
