import type { NotificationEvent } from '../../../fleet/config.ts';
import type { EnvironmentTypeName, RiskName, SecretSpec } from '../common-spec.ts';
import type { ChannelTypeName } from './channels/index.ts';

export interface PressluftSpec {
  readonly interval?: string;
  readonly statusBranch?: string;
  readonly previewDomain?: string;
  readonly deletionBudget?: { readonly maxCount?: number; readonly maxPercent?: number };
  readonly artifacts?: {
    readonly wordpress?: ArtifactVersionsSpec;
    readonly wpCli?: ArtifactVersionsSpec;
    readonly plugins?: Readonly<Record<string, ArtifactVersionsSpec>>;
    readonly themes?: Readonly<Record<string, ArtifactVersionsSpec>>;
  };
  readonly concurrency?: number;
  readonly maintenance?: {
    readonly windows?: readonly MaintenanceWindowSpec[];
    readonly freezes?: readonly FreezeSpec[];
  };
  readonly approvals?: { readonly risks?: readonly RiskName[]; readonly irreversible?: boolean };
  readonly allowedSigners?: readonly { readonly principal: string; readonly key: string }[];
  readonly notifications?: readonly NotificationSpec[];
  readonly secrets?: { readonly recipients?: readonly string[] };
  readonly phpAptSource?: {
    readonly uri: string;
    readonly suite: string;
    readonly components: readonly string[];
    readonly keyUrl: string;
    readonly keySha256: string;
  };
}

export type ArtifactVersionsSpec = Readonly<Record<string, ArtifactSpec>>;
export type ArtifactSpec = string | { readonly url: string; readonly sha256: string };

export interface MaintenanceWindowSpec {
  readonly name: string;
  /** Cron expression of its start. */
  readonly start: string;
  readonly duration: string;
  readonly timezone?: string;
  readonly risks?: readonly RiskName[];
  readonly types?: readonly EnvironmentTypeName[];
  readonly overrun?: 'finish' | 'fit';
}

export interface FreezeSpec {
  readonly name: string;
  /** Local time `2026-11-27T00:00` in the time zone. */
  readonly from: string;
  readonly until: string;
  readonly timezone?: string;
  readonly risks?: readonly RiskName[];
  readonly types?: readonly EnvironmentTypeName[];
}

export interface NotificationSpec {
  readonly type: ChannelTypeName;
  readonly url?: string;
  readonly token?: SecretSpec;
  readonly events?: readonly NotificationEvent[];
  /** The fields that the type of channel names as its address. */
  readonly [address: string]: unknown;
}
