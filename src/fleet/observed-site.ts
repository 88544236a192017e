/** What one environment's WordPress says of itself, read with no more rights than the environment's own. A field that could not be read is null. */
export interface ObservedSite {
  /** Slugs of the plugins that WordPress loads, sorted. One that is not loaded through the main file of its directory has the path of its file (`hello.php`). */
  readonly activePlugins: readonly string[] | null;
  /** Slug of the active theme (`stylesheet`). */
  readonly activeTheme: string | null;
  /** Whether the code of the active theme, or of its parent, is not there. */
  readonly themeMissing?: boolean;
  /** As typed: without the character references that WordPress stores. */
  readonly title: string | null;
  readonly adminEmail: string | null;
  /** WordPress locale, e.g. `de_DE`; `en_US` when WordPress stores an empty one. */
  readonly locale: string | null;
  /** `db_version` of WordPress. */
  readonly databaseVersion: string | null;
  /** Result of the last rendering of the front page, which rotates over the environments. Null before the first one. */
  readonly frontPage: ObservedFrontPage | null;
  /** Result of the last comparison of the code on disk with its artifacts. Null before the first one. */
  readonly code: ObservedCode | null;
}

/**
 * Result of rendering the front page as a visitor does. What the site decides itself, such as a private page (404) or a coming-soon page (503), is `ok`.
 * `empty`: a success without visible content; `fatal`: PHP ended in an error; `installer`: WordPress asks to be installed; `failed`: no usable answer.
 */
export const frontPageStates = ['ok', 'empty', 'fatal', 'installer', 'failed'] as const;
export type FrontPageState = (typeof frontPageStates)[number];

export interface ObservedFrontPage {
  readonly state: FrontPageState;
  readonly status: number | null;
  /** The cause in one line, such as the PHP fatal error; empty when `ok`. */
  readonly message: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface ObservedCode {
  /** False when a file differs from its artifact, is missing, or was added. */
  readonly intact: boolean;
  /** The first of the differing paths, relative to the release. */
  readonly paths: readonly string[];
  /** RFC 3339, UTC; when the differences were last read. */
  readonly at: string;
}
