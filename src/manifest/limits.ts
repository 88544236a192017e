/** Limits of what is read from a repository; a file beyond them is reported and quarantined. */
export const limits = {
  fileBytes: 1024 * 1024,
  fleetDocuments: 50_000,
  /** Nodes that the aliases of one document may add to it. */
  aliasNodes: 10_000,
  nestingDepth: 32,
  diagnosticsPerFile: 100,
  excerptColumns: 100,
} as const;
