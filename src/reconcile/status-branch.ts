import { defaultStatusBranch } from '../fleet/config.ts';
import type { Store } from '../ports/store.ts';

/** Key of the store under which the branch of the last pass is kept, so that it is fetched before the manifests are read. */
export const statusBranchKey = 'status-branch';

/** The status branch that is known before the manifests are read. */
export function fetchedStatusBranch(store: Pick<Store, 'getValue'>): string {
  return store.getValue(statusBranchKey) ?? defaultStatusBranch;
}
