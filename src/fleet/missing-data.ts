/** Data of an environment that can be gone although its directory is there: WordPress in its database, and the directory of its uploads. */
export const missingDataKinds = ['database', 'uploads'] as const;
export type MissingData = (typeof missingDataKinds)[number];

/** Whether the node of an environment says that data of it is gone. */
export function lacksData(seen: {
  readonly present?: boolean;
  readonly missingData?: readonly MissingData[];
}): boolean {
  return seen.present === false || (seen.missingData ?? []).length > 0;
}
