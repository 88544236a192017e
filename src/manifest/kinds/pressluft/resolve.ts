import type {
  Artifact,
  ArtifactVersions,
  FleetConfig,
  NotificationEvent,
  NotificationTarget,
} from '../../../fleet/config.ts';
import type { Freeze, Maintenance, MaintenanceWindow } from '../../../fleet/maintenance.ts';
import type { ParsedDocument } from '../../parsed-file.ts';
import { localTimeMs } from '../../resolve/local-time.ts';
import { secretRef } from '../../resolve/secret-ref.ts';
import { metadataOf, specOf } from '../../resolve/spec-of.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseDurationMs } from '../../resolve/units.ts';
import type { EnvironmentTypeName, RiskName, SecretSpec } from '../common-spec.ts';
import type { ChannelType } from './channels/channel-type.ts';
import { type ChannelTypeName, channelTypes } from './channels/index.ts';
import { type OwnershipRuleSpec, resolveOwnership } from './ownership-rules.ts';
import { resolveGrants, type SecretGrantSpec } from './secret-grants.ts';

interface PressluftSpec {
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
  readonly ownership?: readonly OwnershipRuleSpec[];
  readonly secrets?: {
    readonly recipients?: readonly string[];
    readonly grants?: readonly SecretGrantSpec[];
  };
  readonly phpAptSource?: {
    readonly uri: string;
    readonly suite: string;
    readonly components: readonly string[];
    readonly keyUrl: string;
    readonly keySha256: string;
  };
}

type ArtifactVersionsSpec = Readonly<Record<string, ArtifactSpec>>;
type ArtifactSpec = string | { readonly url: string; readonly sha256: string };

interface MaintenanceWindowSpec {
  readonly name: string;
  /** Cron expression of its start. */
  readonly start: string;
  readonly duration: string;
  readonly timezone?: string;
  readonly risks?: readonly RiskName[];
  readonly types?: readonly EnvironmentTypeName[];
  readonly overrun?: 'finish' | 'fit';
}

interface FreezeSpec {
  readonly name: string;
  /** Local time `2026-11-27T00:00` in the time zone. */
  readonly from: string;
  readonly until: string;
  readonly timezone?: string;
  readonly risks?: readonly RiskName[];
  readonly types?: readonly EnvironmentTypeName[];
}

interface NotificationSpec {
  readonly type: ChannelTypeName;
  readonly url?: string;
  readonly token?: SecretSpec;
  readonly events?: readonly NotificationEvent[];
  /** The fields that the type of channel names as its address. */
  readonly [address: string]: unknown;
}

const wordpressOrg = 'https://downloads.wordpress.org';
const wpCliReleases = 'https://github.com/wp-cli/wp-cli/releases/download';

/** `artifactMirror` is a base URL with the layout of downloads.wordpress.org and `wp-cli/`; it replaces default URLs only. */
export function resolveConfig(document: ParsedDocument, artifactMirror?: string): FleetConfig {
  const spec = specOf<PressluftSpec>('Pressluft', document);
  const mirror = artifactMirror?.replace(/\/+$/, '');
  const base = mirror ?? wordpressOrg;
  const artifacts = spec.artifacts ?? {};
  const packages = (group: 'plugin' | 'theme', bySlug: Readonly<Record<string, ArtifactVersionsSpec>> = {}) =>
    mapValues(bySlug, (versions, slug) =>
      resolveVersions(versions, (v) => `${base}/${group}/${slug}.${v}.zip`),
    );
  return {
    fleet: metadataOf(document).name,
    intervalMs: parseDurationMs(spec.interval ?? '') ?? systemDefaults.intervalMs,
    statusBranch: spec.statusBranch ?? systemDefaults.statusBranch,
    previewDomain: spec.previewDomain ?? systemDefaults.previewDomain,
    deletionBudget: { ...systemDefaults.deletionBudget, ...spec.deletionBudget },
    artifacts: {
      wordpress: resolveVersions(artifacts.wordpress, (v) => `${base}/release/wordpress-${v}.tar.gz`),
      wpCli: resolveVersions(artifacts.wpCli, (v) =>
        mirror === undefined
          ? `${wpCliReleases}/v${v}/wp-cli-${v}.phar`
          : `${mirror}/wp-cli/wp-cli-${v}.phar`,
      ),
      plugins: packages('plugin', artifacts.plugins),
      themes: packages('theme', artifacts.themes),
    },
    phpAptSource: spec.phpAptSource ?? null,
    concurrency: spec.concurrency ?? systemDefaults.concurrency,
    maintenance: resolveMaintenance(spec),
    approvals: { risks: spec.approvals?.risks ?? [], irreversible: spec.approvals?.irreversible ?? false },
    allowedSigners: (spec.allowedSigners ?? []).map(({ principal, key }) => ({ principal, key: key.trim() })),
    notifications: (spec.notifications ?? []).map(resolveNotification),
    ownership: resolveOwnership(spec.ownership),
    secrets: { recipients: spec.secrets?.recipients ?? [], grants: resolveGrants(spec.secrets?.grants) },
  };
}

function resolveMaintenance({ maintenance = {} }: PressluftSpec): Maintenance {
  return {
    windows: (maintenance.windows ?? []).map(resolveWindow),
    freezes: (maintenance.freezes ?? []).map(resolveFreeze),
  };
}

function resolveWindow(spec: MaintenanceWindowSpec): MaintenanceWindow {
  return {
    name: spec.name,
    start: { cron: spec.start, timezone: spec.timezone ?? systemDefaults.timezone },
    durationMs: parseDurationMs(spec.duration) ?? 0,
    risks: spec.risks ?? systemDefaults.windowRisks,
    types: spec.types ?? null,
    overrun: spec.overrun ?? systemDefaults.overrun,
  };
}

/** A local time that is repeated when clocks are set back is resolved so that the freeze is longer. */
function resolveFreeze(spec: FreezeSpec): Freeze {
  const timezone = spec.timezone ?? systemDefaults.timezone;
  return {
    name: spec.name,
    from: localTimeMs(spec.from, timezone, 'earliest') ?? 0,
    until: localTimeMs(spec.until, timezone, 'latest') ?? 0,
    risks: spec.risks ?? systemDefaults.freezeRisks,
    types: spec.types ?? null,
  };
}

function resolveNotification(spec: NotificationSpec): NotificationTarget {
  const channel: ChannelType = channelTypes[spec.type];
  return {
    type: spec.type,
    url: (spec.url ?? channel.defaultUrl ?? '').replace(/\/+$/, ''),
    address: Object.fromEntries(channel.address.map((field) => [field, String(spec[field] ?? '')])),
    token: spec.token === undefined ? null : secretRef(spec.token),
    events: spec.events ?? systemDefaults.notificationEvents,
  };
}

function resolveVersions(
  versions: ArtifactVersionsSpec = {},
  defaultUrl: (version: string) => string,
): ArtifactVersions {
  return mapValues(versions, (spec, version) => resolveArtifact(spec, defaultUrl(version)));
}

function resolveArtifact(spec: ArtifactSpec, defaultUrl: string): Artifact {
  return typeof spec === 'string'
    ? { url: defaultUrl, sha256: spec }
    : { url: spec.url, sha256: spec.sha256 };
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
