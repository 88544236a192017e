/** One artifact that nodes download. */
export interface Artifact {
  /** Path below the mirror's URL, with its leading slash. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The artifacts of the mirror, by version; plugins and themes by slug first. */
export interface MirrorCatalogue {
  readonly wordpress: Readonly<Record<string, Artifact>>;
  readonly plugins: Readonly<Record<string, Readonly<Record<string, Artifact>>>>;
  readonly themes: Readonly<Record<string, Readonly<Record<string, Artifact>>>>;
  readonly wpCli: Readonly<Record<string, Artifact>>;
}

export function allArtifacts(catalogue: MirrorCatalogue): readonly Artifact[] {
  return [
    ...Object.values(catalogue.wordpress),
    ...Object.values(catalogue.plugins).flatMap((versions) => Object.values(versions)),
    ...Object.values(catalogue.themes).flatMap((versions) => Object.values(versions)),
    ...Object.values(catalogue.wpCli),
  ];
}
