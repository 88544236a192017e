import { createHash } from 'node:crypto';
import { ApiError, invalidInput } from './api-error.ts';
import { findByIdOrName, locations, type ServerType, serverTypes } from './catalogue.ts';
import { hostname, isRecord, readFields } from './fields.ts';
import { readRules } from './firewall-rules.ts';
import type { FirewallRule, Labels } from './model.ts';

/** Hetzner's limit on `user_data` (docs.hetzner.cloud, "Create a Server"). */
export const maxUserDataBytes = 32 * 1024;

export interface ServerOrder {
  readonly name: string;
  readonly type: ServerType;
  readonly location: string;
  /** Id or name; the caller checks that it exists. */
  readonly image: string;
  readonly labels: Labels;
  readonly userData: string | null;
  /** Ids or names. */
  readonly sshKeys: readonly string[];
  readonly firewalls: readonly number[];
  readonly start: boolean;
}

export interface SshKeyOrder {
  readonly name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly labels: Labels;
}

export interface FirewallOrder {
  readonly name: string;
  readonly labels: Labels;
  readonly rules: FirewallRule[];
}

/** The body of `POST /servers`, checked as far as possible without state; throws `invalid_input` with all problems. */
export function readServerOrder(body: unknown): ServerOrder {
  const fields = readFields(body);
  const name = fields.string('name', {
    required: true,
    pattern: hostname,
    expected: 'must be a valid hostname',
  });
  const typeName = fields.idOrName('server_type', { required: true }) ?? '';
  const image = fields.idOrName('image', { required: true }) ?? '';
  const locationName = fields.idOrName('location') ?? locations[0]?.name ?? '';
  const userData = fields.string('user_data', { maxBytes: maxUserDataBytes });
  const labels = fields.labels('labels');
  const sshKeys = fields.strings('ssh_keys');
  const firewalls = readFirewallIds(fields.array('firewalls'), (message) =>
    fields.problem('firewalls', message),
  );
  const start = fields.boolean('start_after_create');
  const publicNet = fields.object('public_net');
  const type = findByIdOrName(serverTypes, typeName);
  const location = findByIdOrName(locations, locationName);
  if (typeName !== '' && !type)
    fields.problem('server_type', `server type '${typeName.slice(0, 80)}' not found`);
  if (!location) fields.problem('location', `location '${locationName.slice(0, 80)}' not found`);
  for (const foreign of ['networks', 'volumes', 'placement_group'] as const) refuseForeign(body, foreign);
  fields.done();
  if (!type || !location) throw invalidInput([]);
  if (publicNet?.enable_ipv4 === false) {
    throw new ApiError('unsupported_error', 'a machine of the lab is reached over IPv4 only');
  }
  return {
    name: name ?? '',
    type,
    location: location.name,
    image,
    labels: labels ?? {},
    userData: userData ?? null,
    sshKeys,
    firewalls,
    start: start ?? true,
  };
}

/** Throws `resource_unavailable` for a type that is retired, or that its location does not have. */
export function refuseUnavailable(
  { type, location }: Pick<ServerOrder, 'type' | 'location'>,
  wallMs: number,
): void {
  const isRetired = type.unavailableAfter !== undefined && wallMs > Date.parse(type.unavailableAfter);
  if (isRetired || !type.availableIn.includes(location)) throw unavailable(type.name, location);
}

export function unavailable(serverType: string, location: string): ApiError {
  return new ApiError(
    'resource_unavailable',
    `server type ${serverType} is currently unavailable in ${location}`,
  );
}

/** The body of `POST /ssh_keys`. */
export function readSshKeyOrder(body: unknown): SshKeyOrder {
  const fields = readFields(body);
  const name = fields.string('name', { required: true, maxBytes: 128 }) ?? '';
  const publicKey = fields.string('public_key', { required: true, maxBytes: 16_384 })?.trim() ?? '';
  const labels = fields.labels('labels') ?? {};
  const fingerprint = sshKeyFingerprint(publicKey) ?? '';
  if (publicKey !== '' && fingerprint === '') fields.problem('public_key', 'is not an SSH public key');
  fields.done();
  return { name, publicKey, fingerprint, labels };
}

/** The body of `POST /firewalls`, without `apply_to`. */
export function readFirewallOrder(body: unknown): FirewallOrder {
  const fields = readFields(body);
  const name = fields.string('name', { required: true, maxBytes: 128 }) ?? '';
  const labels = fields.labels('labels') ?? {};
  fields.done();
  return { name, labels, rules: readRules(body, false) };
}

function readFirewallIds(
  items: readonly unknown[] | undefined,
  problem: (message: string) => void,
): readonly number[] {
  return (items ?? []).flatMap((item) => {
    if (isRecord(item) && typeof item.firewall === 'number') return [item.firewall];
    problem('must be a list of {"firewall": id}');
    return [];
  });
}

function refuseForeign(body: unknown, field: string): void {
  const value = isRecord(body) ? body[field] : undefined;
  const isAbsent = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (!isAbsent) throw new ApiError('unsupported_error', `the lab does not offer ${field}`);
}

/** MD5 over the key blob in colon-separated hex, as Hetzner shows it; undefined when it is not an SSH public key. */
function sshKeyFingerprint(publicKey: string): string | undefined {
  const [type = '', encoded = ''] = publicKey.split(/\s+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const blob = Buffer.from(encoded, 'base64');
  const typeInside = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1') : '';
  if (type === '' || typeInside !== type) return undefined;
  return createHash('md5').update(blob).digest('hex').match(/../g)?.join(':');
}
