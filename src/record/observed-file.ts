import { Ajv } from 'ajv';
import schema from '../../schemas/observed.schema.json' with { type: 'json' };
import type { Digest, NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedFleet, ObservedNode } from '../fleet/observed.ts';
import { isPlainJson } from '../fleet/plain-json.ts';
import { nothingRecorded, type RecordedFleet, type StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { recordableSpec } from './applied.ts';
import {
  isObserved,
  type NodeObservation,
  nodeObservation,
  type OrphanObservation,
  orphanObservation,
  serverFacts,
} from './observations.ts';
import { observedFromStatus } from './observed-from-status.ts';

type Json = Readonly<Record<string, unknown>>;

/** What was seen at one moment, for plans that are made later or elsewhere: `schemas/observed.schema.json`. Holds no secrets. */
export interface ObservedFile {
  readonly format: 'pressluft-observed';
  readonly version: 1;
  readonly fleet: string;
  /** RFC 3339. */
  readonly at: string;
  readonly contentVersion: string;
  readonly providers: readonly {
    readonly name: ProviderName;
    readonly state: 'connected' | 'degraded';
    readonly reason: string;
    readonly message: string;
  }[];
  readonly nodes: readonly SavedNode[];
}

interface SavedNode {
  readonly name: NodeName;
  readonly provider?: string;
  readonly ipv4?: string;
  readonly server?: Json;
  readonly digest?: Digest;
  readonly applied?: Json;
  readonly observed: Omit<NodeObservation, 'strays'>;
  readonly environments: readonly OrphanObservation[];
}

export function observedFile(
  desired: DesiredFleet,
  observed: ObservedFleet,
  contentVersion: string,
  at: string,
): ObservedFile {
  const { fleet } = desired.config;
  const byName = <T extends { readonly name: string }>(items: Iterable<T>) =>
    [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    format: 'pressluft-observed',
    version: 1,
    fleet,
    at,
    contentVersion,
    providers: byName(observed.providers.values()).map(({ name, state, reason, message }) => ({
      name,
      state,
      reason,
      message,
    })),
    nodes: byName(observed.nodes.values()).map((node) => savedNode(desired, observed, node)),
  };
}

function savedNode(
  { config, nodes }: DesiredFleet,
  { providers }: ObservedFleet,
  node: ObservedNode,
): SavedNode {
  const uid = uidOf(config.fleet, resourceRef('Node', node.name));
  const applied = recordableSpec(node.appliedSpec, uid);
  const provider =
    nodes.get(node.name)?.provider ??
    [...providers.values()].find(({ servers }) => servers.some((server) => server.uid === uid))?.name;
  return {
    name: node.name,
    ...(provider === undefined ? {} : { provider }),
    ...(node.ipv4 === null ? {} : { ipv4: node.ipv4 }),
    ...(node.server === null ? {} : { server: serverFacts(node.server, uid) }),
    ...(node.appliedDigest === null ? {} : { digest: node.appliedDigest }),
    ...(applied === null ? {} : { applied }),
    observed: nodeObservation(node, null),
    environments: [...node.environments.values()].map((environment) =>
      orphanObservation(environment, uidOf(config.fleet, resourceRef('Environment', environment.name))),
    ),
  };
}

/** A saved observation; else what is wrong with the text, in words. */
export function parseObservedFile(text: string):
  | {
      readonly at: string;
      readonly contentVersion: string;
      readonly of: (desired: DesiredFleet) => ObservedFleet;
    }
  | string {
  const value = parseJson(text);
  const header = value as { readonly format?: unknown; readonly version?: unknown } | null;
  if (typeof header !== 'object' || header?.format !== 'pressluft-observed') {
    return 'it is no saved observation: "format" is not "pressluft-observed"';
  }
  if (header.version !== 1) return `version ${versionText(header.version)} is not known here; 1 is`;
  if (!isPlainJson(value)) return 'it is nested too deep, or has a number that is infinite';
  const validate = new Ajv({ strictTypes: true, allowUnionTypes: true }).compile<ObservedFile>(schema);
  if (!validate(value)) {
    const [problem] = validate.errors ?? [];
    return `${problem?.instancePath || 'the file'} ${problem?.message ?? 'is not as the schema says'}`;
  }
  const { at, contentVersion } = value;
  // The records of a pass say the same in another form, so there is one way to read it.
  const recorded = asRecords(value);
  return { at, contentVersion, of: (desired) => observedFromStatus(desired, recorded) };
}

function versionText(version: unknown): string {
  return typeof version === 'number' || typeof version === 'string'
    ? String(version).slice(0, 20)
    : 'of another type';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function asRecords(file: ObservedFile): RecordedFleet {
  const documents = [
    ...file.providers.map((provider): StatusDocument => {
      const ref = resourceRef('Provider', provider.name);
      const { state, reason, message } = provider;
      const status = state === 'connected' ? 'True' : 'False';
      const condition = { type: 'Ready', status, reason, message, lastTransitionTime: file.at } as const;
      return { ...blank(file.fleet, ref), conditions: [condition] };
    }),
    ...file.nodes.map((node): StatusDocument => {
      const { name, provider, ipv4, server, digest, applied, observed, environments } = node;
      const strays = isObserved(observed) ? environments : [];
      return {
        ...blank(file.fleet, resourceRef('Node', name)),
        provider: provider ?? null,
        appliedDigest: digest ?? null,
        applied: applied ?? null,
        details: { ipv4, server, observed: { ...observed, strays } },
      };
    }),
  ];
  return { ...nothingRecorded, status: new Map(documents.map((document) => [document.ref, document])) };
}

function blank(fleet: string, ref: StatusDocument['ref']): StatusDocument {
  return {
    ref,
    uid: uidOf(fleet, ref),
    sourceFile: '',
    observedRevision: null,
    appliedRevision: null,
    appliedDigest: null,
    protected: false,
    deletionPolicy: null,
    node: null,
    provider: null,
    conditions: [],
    applied: null,
    details: {},
  };
}
