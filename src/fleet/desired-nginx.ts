/** What an environment says about nginx, with defaults filled in. Names of fields follow the manifest. */
export interface DesiredNginx {
  readonly maxBodyBytes: number;
  readonly headers: ResponseHeaders;
  /** CIDR; not empty: only these. The smallest network that contains an address decides between `allow` and `deny`. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly xmlrpc: 'allow' | 'deny';
  /** Of files by extension. */
  readonly lifetimes: Readonly<Record<string, Lifetime>>;
  /** By path. */
  readonly locations: readonly DesiredLocation[];
  readonly serverSnippet: string | null;
}

/** The value of a header; null: not sent. */
export type ResponseHeaders = Readonly<Record<string, string | null>>;

/** Seconds; null: nothing is said. */
export type Lifetime = number | null;

export interface DesiredLocation {
  readonly path: string;
  readonly match: 'exact' | 'prefix';
  readonly headers: ResponseHeaders;
  /** Both empty: those of the environment apply. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Absent: that of the file's extension. */
  readonly lifetime?: Lifetime;
  readonly answer: {
    readonly status: number;
    readonly text: string;
    readonly contentType: string;
  } | null;
}
