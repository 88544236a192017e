import type { Maintenance } from './maintenance.ts';
import type { OwnershipRule } from './ownership.ts';
import type { Risk } from './plan.ts';
import type { SecretGrant } from './secret-grants.ts';
import type { SecretRef } from './secret-ref.ts';

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

/** Actions that need a person's approval of the digest of their plan. */
export interface ApprovalRules {
  readonly risks: readonly Risk[];
  /** All actions that a revert cannot undo, at any risk. */
  readonly irreversible: boolean;
}

/** A key that may sign commits of the source branch. */
export interface AllowedSigner {
  readonly principal: string;
  /** OpenSSH public key, or ASCII-armoured OpenPGP public key. */
  readonly key: string;
}

export interface NotificationTarget {
  /** Selects the channel. */
  readonly type: string;
  /** Base URL of the server. */
  readonly url: string;
  /** Where on the server a message goes, by the fields of the channel: the topic of ntfy. */
  readonly address: Readonly<Record<string, string>>;
  readonly token: SecretRef | null;
  readonly events: readonly NotificationEvent[];
}

export type NotificationEvent = 'failed' | 'stalled' | 'recovered' | 'blocked' | 'applied';

/** Default branch for records. */
export const defaultStatusBranch = 'pressluft/status';

/** The `Pressluft` manifest, with defaults filled in. */
export interface FleetConfig {
  readonly fleet: string;
  /** Interval between passes if no event starts one earlier. */
  readonly intervalMs: number;
  readonly statusBranch: string;
  readonly previewDomain: string;
  readonly deletionBudget: { readonly maxCount: number; readonly maxPercent: number };
  readonly artifacts: ArtifactCatalogue;
  readonly phpAptSource: AptSource | null;
  /** Maximum number of nodes that are processed in parallel. */
  readonly concurrency: number;
  readonly maintenance: Maintenance;
  readonly approvals: ApprovalRules;
  readonly allowedSigners: readonly AllowedSigner[];
  readonly notifications: readonly NotificationTarget[];
  /** Null: every file of the repository may hold everything. */
  readonly ownership: readonly OwnershipRule[] | null;
  readonly secrets: {
    /** Public age keys (`age1…`) to which every SOPS file must be encrypted. */
    readonly recipients: readonly string[];
    readonly grants: readonly SecretGrant[];
  };
}
