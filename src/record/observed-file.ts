import { Ajv } from 'ajv';
import schema from '../../schemas/observed.schema.json' with { type: 'json' };
import type { NodeName, Uid } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedFleet, ObservedNode, ObservedProvider } from '../fleet/observed.ts';
import { isPlainJson } from '../fleet/plain-json.ts';
import { nothingRecorded, type RecordedFleet, type StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { recordableSpec } from './applied.ts';
import { observedFromStatus } from './observed-from-status.ts';
import type { Json } from './status/codec.ts';
import { orphanOf } from './status/environment-details.ts';
import {
  isObserved,
  nodeDetails,
  noNodeDetails,
  observationOfNode,
  recordedServer,
} from './status/node-details.ts';
import { statusDocument } from './status/status-document.ts';

/** Incremented when a member changes its meaning or is removed. */
const observedFormatVersion = 2;

/**
 * A saved observation, for plans that are made later or elsewhere: `schemas/observed.schema.json`. Consists of the same
 * documents as the status branch. Contains no secrets.
 */
export interface ObservedFile {
  readonly format: 'pressluft-observed';
  readonly version: typeof observedFormatVersion;
  readonly fleet: string;
  /** RFC 3339. */
  readonly at: string;
  readonly contentVersion: string;
  readonly documents: readonly unknown[];
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
  const documents = [
    ...byName(observed.providers.values()).map((provider) => providerDocument(fleet, provider, at)),
    ...byName(observed.nodes.values()).map((node) => nodeDocument(desired, observed, node)),
  ];
  return {
    format: 'pressluft-observed',
    version: observedFormatVersion,
    fleet,
    at,
    contentVersion,
    documents: documents.map(statusDocument.write),
  };
}

function providerDocument(
  fleet: string,
  { name, state, reason, message }: ObservedProvider,
  at: string,
): StatusDocument {
  const status = state === 'connected' ? 'True' : 'False';
  const condition = { type: 'Ready', status, reason, message, lastTransitionTime: at } as const;
  return { ...blank(fleet, resourceRef('Provider', name)), conditions: [condition] };
}

/** With all environments of the node: in a file they have no document of their own. */
function nodeDocument(
  { config, nodes }: DesiredFleet,
  { providers }: ObservedFleet,
  node: ObservedNode,
): StatusDocument {
  const document = blank(config.fleet, resourceRef('Node', node.name));
  const { uid } = document;
  const environments = isObserved(node) ? [...node.environments.values()] : [];
  const orphans = environments.map((environment) =>
    orphanOf(environment, uidOf(config.fleet, resourceRef('Environment', environment.name))),
  );
  const details = nodeDetails.write({
    ...noNodeDetails,
    ipv4: node.ipv4,
    server: node.server === null ? null : recordedServer(node.server, uid),
    observed: { ...observationOfNode(node, undefined), orphans },
  });
  return {
    ...document,
    provider: nodes.get(node.name)?.provider ?? providerOf(providers.values(), uid),
    appliedDigest: node.appliedDigest,
    applied: recordableSpec(node.appliedSpec, uid),
    details: details as StatusDocument['details'],
  };
}

function providerOf(providers: Iterable<ObservedProvider>, uid: Uid): string | null {
  const found = [...providers].find(({ servers }) => servers.some((server) => server.uid === uid));
  return found?.name ?? null;
}

/** Parses a saved observation; returns the problem in words if the text is invalid. */
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
    return 'it is not a saved observation: "format" is not "pressluft-observed"';
  }
  const isEarlier = header.version === 1;
  if (header.version !== observedFormatVersion && !isEarlier)
    return `version ${versionText(header.version)} is not supported; supported: ${observedFormatVersion}`;
  if (!isPlainJson(value)) return 'it is nested too deep, or contains an infinite number';
  const validate = new Ajv({ strictTypes: true, allowUnionTypes: true }).compile<ObservedFile>(schema);
  const current = isEarlier ? fromFirstVersion(value as object) : value;
  if (!validate(current)) {
    const [problem] = validate.errors ?? [];
    return `${problem?.instancePath || 'the file'} ${problem?.message ?? 'does not match the schema'}`;
  }
  const { at, contentVersion } = current;
  const recorded = asRecords(current);
  return { at, contentVersion, of: (desired) => observedFromStatus(desired, recorded) };
}

/** Version 1 had another form of providers and nodes. It is converted first and then checked with the current schema. */
function fromFirstVersion(value: object): object {
  const { providers, nodes, ...header } = value as Json;
  const fleet = typeof header.fleet === 'string' ? header.fleet : '';
  const at = typeof header.at === 'string' ? header.at : '';
  const documents = [
    ...listOf(providers).map(({ name, state, reason, message, ...more }) => {
      const status = state === 'connected' ? 'True' : 'False';
      const condition = { type: 'Ready', status, reason, message, lastTransitionTime: at };
      return { ...documentOf(fleet, 'Provider', name), conditions: [condition], ...more };
    }),
    ...listOf(nodes).map(({ name, ipv4, server, digest, observed, environments, ...more }) => ({
      ...documentOf(fleet, 'Node', name),
      conditions: [],
      ...(digest === undefined ? {} : { appliedDigest: digest }),
      details: { ipv4, server, observed: { ...(observed as object), orphans: environments } },
      ...more,
    })),
  ];
  return { ...header, version: observedFormatVersion, documents };
}

function documentOf(fleet: string, kind: 'Provider' | 'Node', name: unknown) {
  const ref = resourceRef(kind, typeof name === 'string' ? (name as NodeName) : ('' as NodeName));
  return { kind: 'Status', resource: ref, uid: uidOf(fleet, ref) };
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map((item: unknown) => ({ ...(item as object) })) : [];
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

function asRecords({ documents }: ObservedFile): RecordedFleet {
  const status = documents.flatMap((document) => statusDocument.read(document) ?? []);
  return { ...nothingRecorded, status: new Map(status.map((document) => [document.ref, document])) };
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
