/** A reference to a secret; the value itself never enters the fleet model. */
export type SecretRef =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

export interface Artifact {
  /** Absolute http(s) URL. */
  readonly url: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Version → artifact. */
export type ArtifactVersions = Readonly<Record<string, Artifact>>;

export interface ArtifactCatalogue {
  readonly wordpress: ArtifactVersions;
  readonly wpCli: ArtifactVersions;
  readonly plugins: Readonly<Record<string, ArtifactVersions>>;
  readonly themes: Readonly<Record<string, ArtifactVersions>>;
}

/** An apt source that offers other PHP versions than the node's distribution. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly keyUrl: string;
  readonly keySha256: string;
}

/** The `Pressluft` manifest, with defaults filled in. */
export interface FleetConfig {
  readonly fleet: string;
  /** Pause between two passes when nothing wakes the loop. */
  readonly intervalMs: number;
  readonly statusBranch: string;
  readonly previewDomain: string;
  readonly deletionBudget: { readonly maxCount: number; readonly maxPercent: number };
  readonly artifacts: ArtifactCatalogue;
  readonly phpAptSource: AptSource | null;
  /** How many nodes are worked on at the same time. */
  readonly concurrency: number;
}
