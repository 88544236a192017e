import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../../../src/lab/lab.ts';
import { installationRoot } from '../../../src/main/paths.ts';
import { onNode } from '../../support/ssh.ts';
import { bareGit } from './bare-git.ts';
import { type StatusFile, statusFiles } from './status-branch.ts';

/** The complete state of a fleet, in a form that is equal for two fleets made from the same commits. */
export interface EndState {
  readonly provider: Readonly<Record<string, unknown>>;
  readonly nodes: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

export async function endState(lab: Lab, stateDir: string): Promise<EndState> {
  const servers = lab.api.servers();
  const publicKey = (await readFile(join(stateDir, 'ssh', 'id_ed25519.pub'), 'utf8'))
    .split(' ')
    .slice(0, 2)
    .join(' ')
    .trim();
  const addresses = servers.flatMap(({ name, ipv4 }) => (ipv4 === null ? [] : [{ name, ipv4 }]));
  const nodes: Record<string, unknown> = {};
  const hostKeys: Record<string, string> = {};
  for (const { name, ipv4 } of addresses) {
    const state = await nodeState(stateDir, ipv4);
    hostKeys[name] = state.hostKey;
    nodes[name] = state;
  }
  const names: readonly (readonly [string, string])[] = [
    [publicKey, '<key of the controller>'],
    ...Object.entries(hostKeys).map(([name, key]) => [key, `<host key of ${name}>`] as const),
    ...addresses.flatMap(({ name, ipv4 }) => [
      [ipv4, `<address of ${name}>`] as const,
      [ipv4.replaceAll('.', '-'), `<address of ${name}>`] as const,
    ]),
  ];
  const status = (await statusFiles(bareGit(lab.git.repository))).map(withoutTimes);
  const state = {
    provider: await providerState(lab),
    nodes,
    status: Object.fromEntries(status.map(({ path, document }) => [path, document])),
  };
  return named(state, names) as EndState;
}

async function nodeState(stateDir: string, ipv4: string): Promise<{ readonly hostKey: string }> {
  const script = await readFile(join(import.meta.dirname, 'node-state.py'), 'utf8');
  const probe = await readFile(join(installationRoot, 'ansible', 'files', 'probe.py'), 'utf8');
  const state = JSON.parse(await onNode(stateDir, ipv4, heredoc(script, ''))) as { hostKey: string };
  const probed = JSON.parse(await onNode(stateDir, ipv4, heredoc(probe, '--http full'))) as Probed;
  return { ...state, probe: probedState(probed) } as { readonly hostKey: string };
}

function heredoc(script: string, args: string): string {
  return `python3 - ${args} <<'END-OF-SCRIPT'\n${script}\nEND-OF-SCRIPT\n`;
}

interface Probed {
  readonly node: Readonly<Record<string, unknown>> & {
    readonly checks: readonly { readonly code: string; readonly ok: boolean; readonly severity: string }[];
  };
  readonly environments: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly errors: readonly string[];
}

function probedState({ node, environments, errors }: Probed) {
  const { phpVersions, services, checks, os } = node;
  return {
    os,
    phpVersions,
    services,
    errors,
    failed: checks.filter(({ ok, severity }) => !ok && severity === 'error').map(({ code }) => code),
    environments: Object.fromEntries(
      Object.entries(environments).map(
        ([name, { http, drift, versions, state, retained, present, services }]) => {
          const { status, ok, generator } = (http ?? {}) as Record<string, unknown>;
          return [name, { status, ok, generator, drift, versions, state, retained, present, services }];
        },
      ),
    ),
  };
}

/** Servers, keys and firewalls as the API lists them, without ids and times. */
async function providerState({ description, api }: Lab) {
  const { endpoint, token } = description.cloud;
  const list = async (kind: string) => {
    const reply = await fetch(`${endpoint}/${kind}?per_page=50`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const body = (await reply.json()) as Record<string, readonly Record<string, unknown>[]>;
    return (body[kind] ?? []).toSorted((a, b) => String(a.name).localeCompare(String(b.name)));
  };
  const nameOf = new Map(api.servers().map(({ id, name }) => [id, name]));
  const servers = await list('servers');
  const keys = await list('ssh_keys');
  const firewalls = await list('firewalls');
  return {
    servers: servers.map(({ name, status, labels, server_type, image, public_net }) => ({
      name,
      status,
      labels: withoutHostKey(labels as Record<string, string>),
      type: (server_type as { name: string }).name,
      image: (image as { name: string }).name,
      firewalls: ((public_net as { firewalls: readonly unknown[] }).firewalls ?? []).length,
    })),
    keys: keys.map(({ public_key, labels }) => ({
      key: String(public_key).split(' ').slice(0, 2).join(' '),
      labels,
    })),
    firewalls: firewalls.map(({ name, labels, rules, applied_to }) => ({
      name,
      labels,
      rules,
      appliedTo: (applied_to as readonly { server?: { id: number } }[])
        .map(({ server }) => nameOf.get(server?.id ?? 0) ?? 'nothing known')
        .toSorted(),
    })),
  };
}

function withoutHostKey(labels: Readonly<Record<string, string>>) {
  return { ...labels, 'pressluft.dev/host-key': '<id of a key>' };
}

const times: ReadonlySet<string> = new Set(['lastTransitionTime', 'asOf', 'madeAt']);
/** The digest of an applied task covers the address of its node; the task itself is compared field by field. */
const ids: ReadonlySet<string> = new Set(['id', 'appliedRevision', 'appliedDigest', 'machineId']);
/** Results of the checks in rotation, which a timer of the node makes at any time. */
const rotating: ReadonlySet<string> = new Set(['frontPage', 'code']);

/** A status document modulo times and ids. */
function withoutTimes({ path, document }: StatusFile): StatusFile {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    // A condition keeps its first message while its reason is the same, so the message depends on the history.
    const isCondition = 'lastTransitionTime' in value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !(path.startsWith('status/environment/') && rotating.has(key)))
        .map(([key, item]) => [
          key,
          times.has(key) || ids.has(key) || (isCondition && key === 'message')
            ? `<${typeof item}>`
            : clean(item),
        ]),
    );
  };
  return { path, document: clean(document) as StatusFile['document'] };
}

/** Texts in which machine-specific values are replaced by placeholders. */
function named(value: unknown, names: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') return names.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  if (Array.isArray(value)) return value.map((item) => named(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(named(key, names)), named(item, names)]),
  );
}
