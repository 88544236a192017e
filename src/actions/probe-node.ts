import type { Digest, EnvironmentName, Uid } from '../fleet/brand.ts';
import { deletionPolicies } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { type JsonReader, parseJson } from '../fleet/json-reader.ts';
import { missingDataKinds } from '../fleet/missing-data.ts';
import type { NodeFacts, ObservedEnvironment, ReadinessCheck } from '../fleet/observed.ts';
import type { ObservedCode } from '../fleet/observed-site.ts';
import { checkEntries } from '../fleet/reasons/check-reasons.ts';
import { readCheck } from '../fleet/reasons.ts';
import type { Ansible } from '../ports/ansible.ts';
import type { MachineAddress, MachineShell } from '../ports/machine.ts';
import type { Secrets } from '../ports/secrets.ts';
import { parseSite } from './parse-site.ts';

/** Result of one SSH round trip to a node. */
export interface ProbeResult {
  readonly facts: NodeFacts;
  readonly checks: readonly ReadinessCheck[];
  readonly provisioned: boolean;
  readonly appliedDigest: Digest | null;
  readonly appliedSpec: Readonly<Record<string, unknown>> | null;
  readonly environments: ReadonlyMap<EnvironmentName, ObservedEnvironment>;
}

const environmentName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const probeTimeoutMs = 30_000;
/** Reads all code of all sites of a node, at low priority. */
const codeTimeoutMs = 600_000;
/** Enough for 500 environments; a larger answer is rejected. */
const maxProbeBytes = 8 * 1024 * 1024;

export interface ProbeDeps {
  readonly ansible: Pick<Ansible, 'probeScript'>;
  readonly machines: Pick<MachineShell, 'run'>;
  readonly secrets: Pick<Secrets, 'redact'>;
}

/** Observes a node and all its environments in one round trip; changes nothing. With `sites`, a page is requested from these only. */
export function probeNode(
  deps: ProbeDeps,
  address: MachineAddress,
  signal: AbortSignal,
  sites?: readonly EnvironmentName[],
): Promise<ProbeResult> {
  const options = sites === undefined ? [] : ['--sites', sites.join(',')];
  return runProbe(deps, address, { options, timeoutMs: probeTimeoutMs, signal });
}

/** Has a node read all code of all its sites, and compare it with its artifacts. Minutes on a large node. */
export async function checkCode(
  deps: ProbeDeps,
  address: MachineAddress,
  signal: AbortSignal,
): Promise<ReadonlyMap<EnvironmentName, ObservedCode | null>> {
  const options = ['--http', 'none', '--code', 'full', '--timeout', `${codeTimeoutMs / 1000 - 20}`];
  const { environments } = await runProbe(deps, address, { options, timeoutMs: codeTimeoutMs, signal });
  return new Map([...environments].map(([name, { site }]) => [name, site?.code ?? null]));
}

async function runProbe(
  deps: ProbeDeps,
  address: MachineAddress,
  {
    options,
    timeoutMs,
    signal,
  }: { readonly options: readonly string[]; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ProbeResult> {
  const input = await deps.ansible.probeScript();
  const probe = ['python3', '-', ...options];
  const command = address.user === 'root' ? probe : ['sudo', '-n', ...probe];
  const maxOutputBytes = maxProbeBytes;
  const result = await deps.machines.run(address, command, { input, timeoutMs, maxOutputBytes, signal });
  if (result.exitCode !== 0) {
    const message = `the probe ended with ${result.exitCode}: ${deps.secrets.redact(result.stderr).trim().slice(0, 500)}`;
    throw new PressluftError(errors.nodeCommandFailed, message, {
      hint: 'Check on the node that python3 exists and that the user may use sudo without a password.',
    });
  }
  // Redacted as a whole, before texts are truncated: half a secret would not be recognised.
  return parseProbe(deps.secrets.redact(result.stdout), address);
}

/** Parses a probe's answer. The node may be compromised, so the answer is trusted for its own environments only. */
export function parseProbe(text: string, address?: Pick<MachineAddress, 'user' | 'host'>): ProbeResult {
  const document = parseJson(text);
  if (document === undefined) {
    const message = `the probe did not answer with JSON: ${text.slice(0, 200)}`;
    const login = address === undefined ? {} : { hint: silentLogin(address) };
    throw new PressluftError(errors.nodeReplyInvalid, message, login);
  }
  if (document.at('v').number() !== 1) {
    throw new PressluftError(errors.nodeReplyInvalid, 'the probe answered in an unsupported version');
  }
  const node = document.at('node');
  const record = node.at('record');
  const checks = node.at('checks').list(100).map(parseCheck);
  return {
    facts: parseFacts(node),
    checks,
    provisioned: !checks.some((check) => check.reason === 'NotProvisioned' && !check.ok),
    appliedDigest: digest(record.at('digest')),
    appliedSpec: record.at('spec').mapping(),
    environments: new Map(
      document
        .at('environments')
        .entries()
        .filter(([name]) => environmentName.test(name))
        .map(([name, value]) => [name as EnvironmentName, parseEnvironment(name as EnvironmentName, value)]),
    ),
  };
}

function silentLogin({ user, host }: Pick<MachineAddress, 'user' | 'host'>): string {
  return `Run "ssh ${user}@${host} true": it must print nothing.`;
}

function parseFacts(node: JsonReader): NodeFacts {
  const count = (key: string) => node.at(key).number() ?? 0;
  return {
    hostname: node.at('hostname').text(255) ?? '',
    machineId: machineId(node.at('machineId')),
    os: node.at('os').text(100) ?? '',
    kernel: node.at('kernel').text(100) ?? '',
    uptimeSeconds: count('uptimeSeconds'),
    cores: count('cores'),
    memoryMib: count('memoryMib'),
    memoryAvailableMib: count('memoryAvailableMib'),
    diskFreeMib: count('diskFreeMib'),
    diskTotalMib: count('diskTotalMib'),
    phpVersions: texts(node.at('phpVersions')),
    services: textMap(node.at('services')),
  };
}

/** machine-id(5): 32 lower case hexadecimal digits. */
function machineId(value: JsonReader): string | null {
  const text = value.text(40);
  return text !== null && /^[0-9a-f]{32}$/.test(text) ? text : null;
}

function parseCheck(check: JsonReader): ReadinessCheck {
  const code = check.at('code').text(80) ?? 'unknown';
  const { reason, detail } = readCheck(code);
  const isWarning = checkEntries[reason].warning === true || check.at('severity').text() === 'warning';
  const environment = check.at('environment').text(63);
  return {
    reason,
    detail: detail ?? check.at('detail').text(80),
    ok: check.at('ok').flag(),
    severity: isWarning ? 'warning' : 'error',
    message: check.at('message').text(300) ?? code,
    ...(environment === null || !environmentName.test(environment)
      ? {}
      : { environment: environment as EnvironmentName }),
  };
}

function parseEnvironment(name: EnvironmentName, value: JsonReader): ObservedEnvironment {
  const record = value.at('record');
  const versions = value.at('versions');
  const spec = record.at('spec').mapping();
  const http = value.at('http');
  const failed = value
    .at('services')
    .entries(20)
    .filter(([, state]) => state.text() !== 'active' && state.raw !== true);
  const missing = missingDataKinds.filter((kind) =>
    value
      .at('missingData')
      .list(10)
      .some((item) => item.text(20) === kind),
  );
  const state = record.at('spec').at('state').text() === 'stopped' ? 'stopped' : 'running';
  return {
    name,
    uid: (record.at('uid').text(64) ?? value.at('uid').text(64)) as Uid | null,
    complete: digest(record.at('digest')) !== null,
    ...(value.at('present').raw === false ? { present: false } : {}),
    ...(missing.length > 0 ? { missingData: missing } : {}),
    retained: value.at('retained').flag(),
    state,
    appliedDigest: digest(record.at('digest')),
    appliedSpec: spec,
    deletionPolicy: record.at('spec').at('deletion_policy').oneOf(deletionPolicies),
    wordpressVersion: versions.at('wordpress').text(40),
    phpVersion: versions.at('php').text(40),
    plugins: versionMap(versions.at('plugins')),
    http:
      http.mapping() === null
        ? null
        : {
            status: http.at('status').number(),
            ms: http.at('ms').number(),
            message: http.at('message').text(300) ?? '',
          },
    driftedFiles: value
      .at('drift')
      .list(100)
      .map((file) => ({
        path: file.at('path').text(300) ?? '',
        expected: file.at('expectedSha').text(80) ?? '',
        actual: file.at('actualSha').text(80),
      })),
    failedServices:
      state === 'stopped' || value.at('retained').flag() ? [] : failed.map(([service]) => service),
    site: parseSite(value.at('site')),
  };
}

function digest(value: JsonReader): Digest | null {
  const text = value.text(71);
  return text !== null && /^sha256:[0-9a-f]{64}$/.test(text) ? (text as Digest) : null;
}

function texts(value: JsonReader): readonly string[] {
  return value.list(50).flatMap((item) => item.text(40) ?? []);
}

function textMap(value: JsonReader): Readonly<Record<string, string>> {
  return Object.fromEntries(
    value.entries(100).map(([key, item]) => [key, item.text(100) ?? (item.flag() ? 'true' : 'unknown')]),
  );
}

function versionMap(value: JsonReader): Readonly<Record<string, string>> {
  return Object.fromEntries(
    value.entries(200).map(([slug, item]) => [slug, item.text(40) ?? item.at('version').text(40) ?? '']),
  );
}
