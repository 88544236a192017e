import type { CommitSha } from '../fleet/brand.ts';
import type { ObservedCode } from '../fleet/observed-site.ts';
import type { Clock } from './clock.ts';

/**
 * Probes of the doctor. They report facts without judging them, and leave nothing behind. An
 * expected failure is thrown as a PressluftError, whose message and hint appear in the report.
 */
export interface DoctorProbes {
  readonly clock: Clock;
  nodeVersion(): string;
  /** First line that the program prints about its version; null when it is not on the PATH. */
  toolVersion(tool: Tool, signal: AbortSignal): Promise<string | null>;
  /** The Python that Ansible would use; throws PL3013. */
  python(signal: AbortSignal): Promise<{ readonly file: string; readonly version: string }>;
  /** Throws PL3013 when there is no ansible-core of the pinned version. */
  ansible(signal: AbortSignal): Promise<AnsibleFacts>;
  stateDirectory(): Promise<StateDirectoryFacts>;
  store(): Promise<StoreFacts>;
  /** The private age keys that decrypt SOPS files; null when there are none. Throws PL2038 for one that cannot be used. */
  ageKey(): Promise<AgeKeyFacts | null>;
  /** Null when no repository is named. */
  readonly repository: RepositoryProbe | null;
  /** Has every recorded node compare all code of its sites with their artifacts; none without a store, since then nothing was reconciled here. */
  codeOfNodes(signal: AbortSignal): Promise<readonly NodeCode[]>;
  lab(signal: AbortSignal): Promise<LabFacts>;
}

/** `code` by environment: null for one whose code was not compared. */
export type NodeCode =
  | { readonly node: string; readonly code: ReadonlyMap<string, ObservedCode | null> }
  | { readonly node: string; readonly error: unknown };

export type Tool = 'git' | 'ssh' | 'ssh-keygen';

export interface AnsibleFacts {
  /** `ansible-core==` in ansible/requirements.txt. */
  readonly pinned: string;
  readonly installed: string;
  readonly directory: string;
}

export interface AgeKeyFacts {
  readonly publicKeys: readonly string[];
  /** Source variables and files. */
  readonly sources: readonly string[];
  /** Source files that other users of this machine may read. */
  readonly openFiles: readonly string[];
}

export interface StateDirectoryFacts {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
  /** Of the directory, or of its nearest existing parent. */
  readonly writable: boolean;
  /** The permission bits; null when it does not exist. */
  readonly mode: number | null;
  readonly freeBytes: number;
  /** Null where the file system has no fixed number of them. */
  readonly freeInodes: number | null;
}

/** `in_use`: a process of Pressluft holds the state directory; `damaged`: not a store, or an inconsistent one. */
export type StoreFacts =
  | { readonly kind: 'absent' }
  | { readonly kind: 'good'; readonly sizeBytes: number }
  | { readonly kind: 'in_use'; readonly pid: number | null }
  | { readonly kind: 'damaged'; readonly reason: string };

export interface RepositoryProbe {
  /** Without credentials. */
  readonly url: string;
  readonly branch: string;
  /** Fetches the branch and reads its providers; throws PL3002–PL3009. */
  reach(signal: AbortSignal): Promise<RepositoryFacts>;
}

export interface RepositoryFacts {
  readonly commit: CommitSha;
  /** Errors among the manifests of this commit; `pressluft validate` shows them. */
  readonly manifestErrors: number;
  readonly providers: readonly ProviderProbe[];
}

export interface ProviderProbe {
  readonly name: string;
  readonly endpoint: string;
  /** Resolves the token and asks the provider; throws PL2003 and PL4001–PL4013. */
  reach(signal: AbortSignal): Promise<ProviderFacts>;
}

export interface ProviderFacts {
  readonly mayWrite: boolean;
  /** Our wall clock minus the provider's, to the second; null when its replies have no date. */
  readonly clockSkewMs: number | null;
}

export interface LabFacts {
  readonly linux: boolean;
  readonly root: boolean;
  readonly missingTools: readonly string[];
  readonly overlayFs: boolean;
  readonly networkNamespaces: boolean;
}
