import type { Current } from '../../src/cli/load-current.ts';
import type { BackupPolicyName, BackupRepositoryName } from '../../src/fleet/brand.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import type { Condition, StatusDocument } from '../../src/fleet/recorded.ts';
import { parseResourceRef } from '../../src/fleet/resource.ts';
import {
  commitSha,
  desiredEnvironment,
  desiredFleet,
  desiredSite,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

export const now = Date.parse('2026-05-01T12:00:00Z');

export const commit = commitSha('commit 1');

/** A record with these conditions, all since `since`. */
export function recorded(
  address: string,
  since: string,
  conditions: readonly Omit<Condition, 'lastTransitionTime'>[],
  more: Partial<StatusDocument> = {},
): StatusDocument {
  const ref = parseResourceRef(address)?.ref;
  if (ref === undefined) throw new Error(address);
  return statusDocument(ref, {
    conditions: conditions.map((found) => ({ ...found, lastTransitionTime: since })),
    ...more,
  });
}

export function ready(reason: Reason, message = ''): Omit<Condition, 'lastTransitionTime'> {
  return { type: 'Ready', status: 'True', reason, message };
}

/** Not ready, and why; with the condition that says who goes on, and from when. */
export function notReady(
  reason: Reason,
  message: string,
  type: 'Stalled' | 'Reconciling',
  more: Partial<Condition> = {},
): readonly Omit<Condition, 'lastTransitionTime'>[] {
  const { nextStep } = more;
  const words = { reason, message, ...(nextStep === undefined ? {} : { nextStep }) };
  return [
    { type: 'Ready', status: 'False', ...words },
    { type, status: 'True', ...words, ...more },
  ];
}

export function served(name: string, node = 'web-1'): Partial<StatusDocument> {
  return {
    node,
    details: { wordpressVersion: '7.1.1', phpVersion: '8.2', url: `https://${name}.example/` },
  };
}

export interface CurrentParts {
  readonly documents: readonly StatusDocument[];
  /** Names of environments by site. */
  readonly sites: Readonly<Record<string, readonly string[]>>;
  readonly quarantined?: readonly string[];
  /** Further resources with a manifest. */
  readonly described?: readonly string[];
}

export function currentOf({ documents, sites, quarantined = [], described = [] }: CurrentParts): Current {
  const names = Object.entries(sites);
  const policy = 'nightly' as BackupPolicyName;
  const fleet = desiredFleet({
    commit,
    sites: names.map(([name]) => desiredSite(name)),
    environments: names.flatMap(([site, environments]) =>
      environments.map((name) =>
        desiredEnvironment(name, { site: desiredSite(site).name, backups: { policy } }),
      ),
    ),
    backupPolicies: [
      {
        name: policy,
        ref: refOf('backuppolicy/nightly'),
        repository: 'offsite' as BackupRepositoryName,
        schedule: { cron: '30 1 * * *', timezone: 'Europe/Berlin' },
        scope: 'full',
        retention: { last: 3, daily: 7, weekly: 4, monthly: 0, yearly: 0 },
        verification: null,
      },
    ],
    backupRepositories: [
      {
        name: 'offsite' as BackupRepositoryName,
        ref: refOf('backuprepository/offsite'),
        target: {
          kind: 's3',
          endpoint: 'https://objects.example',
          bucket: 'backups',
          prefix: '',
          region: null,
          accessKeyId: { kind: 'env', name: 'KEY_ID' },
          secretAccessKey: { kind: 'env', name: 'KEY' },
        },
        password: { kind: 'env', name: 'PASSWORD' },
      },
    ],
  });
  const addresses = [
    ...names.flatMap(([site, environments]) => [
      `site/${site}`,
      ...environments.map((name) => `environment/${name}`),
    ]),
    ...documents.flatMap(({ ref }) => (/^(node|provider|pressluft)\//.test(ref) ? [ref] : [])),
    ...quarantined,
    ...described,
  ];
  return {
    commit,
    manifests: {
      fleet,
      diagnostics: [],
      resources: [...new Set(addresses)].map((address) => {
        const ref = refOf(address);
        const kind = parseResourceRef(address)?.kind ?? 'Site';
        return { ref, kind, file: `${address}.yaml`, quarantined: quarantined.includes(address) };
      }),
      fileCount: 1,
      documentCount: addresses.length,
    },
    recorded: recordedFleet(documents),
  };
}

function refOf(address: string) {
  const ref = parseResourceRef(address)?.ref;
  if (ref === undefined) throw new Error(address);
  return ref;
}
