import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { MissingData } from '../../src/fleet/missing-data.ts';
import type { ObservedSite } from '../../src/fleet/observed-site.ts';
import type { Ansible, AnsibleOutcome, AnsibleRequest } from '../../src/ports/ansible.ts';
import type { MachineShell } from '../../src/ports/machine.ts';

interface NodeRecord {
  digest: unknown;
  spec: unknown;
}

interface EnvironmentRecord {
  uid: unknown;
  digest: unknown;
  spec: unknown;
  retained: boolean;
}

export interface SimulatedNode {
  /** Not reported when null. */
  machineId: string | null;
  record: NodeRecord | null;
  readonly environments: Map<string, EnvironmentRecord>;
}

/** Nodes in memory behind the ports of SSH and Ansible: a probe answers, and playbooks change its answers. */
export interface SimulatedNodes {
  readonly machines: MachineShell;
  readonly ansible: Ansible;
  /** Nodes by host, created at the first connection. */
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  /** Executed commands, without probes. */
  readonly commands: {
    readonly host: string;
    readonly argv: readonly string[];
    readonly as: 'run' | 'stream' | 'interactive';
  }[];
  readonly playbooks: string[];
  /** Awaited before a playbook does its work, e.g. for a slow node. */
  beforePlay: (request: AnsibleRequest) => Promise<void>;
  /** Awaited before a probe answers. */
  beforeProbe: (host: string, signal: AbortSignal | undefined) => Promise<void>;
  /** Hosts that do not answer. */
  readonly away: Set<string>;
  /** Environments whose converge fails, with the message, after the code of the failure if it matters: `checksum_mismatch: …`. */
  readonly failing: Map<string, string>;
  /** Environments with a stopped service. */
  readonly drifting: Set<string>;
  /** What WordPress says of itself, by environment; nothing by default. A converge puts back what Git owns. */
  readonly sites: Map<string, ObservedSite>;
  /** Status of the front page, by environment; 200 by default. */
  readonly pages: Map<string, number>;
  /** Data that environments have lost, by name: their converge fails unless it accepts that. */
  readonly lost: Map<string, readonly MissingData[]>;
  /** Output of the next commands, by their first word after `--`. */
  commandResult: { exitCode: number; stdout: string; stderr: string };
}

export function simulatedNodes(): SimulatedNodes {
  const nodes = new Map<string, SimulatedNode>();
  const simulated: SimulatedNodes = {
    nodes,
    commands: [],
    playbooks: [],
    beforePlay: async () => undefined,
    beforeProbe: async () => undefined,
    away: new Set(),
    failing: new Map(),
    drifting: new Set(),
    pages: new Map(),
    sites: new Map(),
    lost: new Map(),
    commandResult: { exitCode: 0, stdout: '', stderr: '' },
    machines: {
      run: async ({ host }, argv, { input, signal }) => {
        if (signal?.aborted === true) throw cancelled(signal);
        const node = reach(simulated, nodes, host);
        if (input !== undefined) {
          await simulated.beforeProbe(host, signal);
          return { exitCode: 0, stdout: probe(node, simulated), stderr: '', durationMs: 1 };
        }
        simulated.commands.push({ host, argv, as: 'run' });
        return { ...simulated.commandResult, durationMs: 1 };
      },
      stream: async ({ host }, argv, { stdin, stdout, stderr }) => {
        reach(simulated, nodes, host);
        simulated.commands.push({ host, argv, as: 'stream' });
        // A command that copies its input, then prints its configured output.
        if (stdin !== 'inherit') for await (const chunk of stdin) stdout.write(chunk);
        stdout.write(simulated.commandResult.stdout);
        stderr.write(simulated.commandResult.stderr);
        return simulated.commandResult.exitCode;
      },
      interactive: async ({ host }, argv) => {
        simulated.commands.push({ host, argv, as: 'interactive' });
        return simulated.commandResult.exitCode;
      },
      waitUntilReachable: async ({ host }) => void reach(simulated, nodes, host),
      identity: async () => ({ publicKey: 'ssh-ed25519 AAAA', privateKeyPath: '/nonexistent' }),
      generateHostKey: async () => ({ publicKey: 'ssh-ed25519 AAAA', privateKey: 'none' }),
      clientOptions: async () => [],
      close: async () => undefined,
    },
    ansible: {
      run: async (request) => {
        simulated.playbooks.push(request.playbook);
        await simulated.beforePlay(request);
        if (request.signal?.aborted === true) throw cancelled(request.signal);
        return play(simulated, reach(simulated, nodes, request.address.host), request);
      },
      contentVersion: async () => 'content-1',
      probeScript: async () => 'probe',
    },
  };
  return simulated;
}

function cancelled(signal: AbortSignal): PressluftError {
  return new PressluftError(errors.cancelled, 'The work on a node was cancelled', { cause: signal.reason });
}

function reach({ away }: SimulatedNodes, nodes: Map<string, SimulatedNode>, host: string): SimulatedNode {
  if (away.has(host)) throw new PressluftError(errors.nodeUnreachable, `${host} does not answer`);
  const known = nodes.get(host);
  if (known !== undefined) return known;
  const made: SimulatedNode = { machineId: null, record: null, environments: new Map() };
  nodes.set(host, made);
  return made;
}

function play(simulated: SimulatedNodes, node: SimulatedNode, request: AnsibleRequest): AnsibleOutcome {
  const ends = new Map<
    string,
    { status: 'changed' } | { status: 'failed'; error: { code: string; message: string } }
  >();
  switch (request.playbook) {
    case 'node-provision': {
      const { digest, spec } = objectAt(request.vars, 'pressluft_node');
      node.record = { digest, spec };
      break;
    }
    case 'environment-converge':
      for (const { name, uid, digest, spec, accept_loss } of listAt(request.vars, 'pressluft_environments')) {
        const isLost = accept_loss !== true && simulated.lost.has(String(name));
        const message = isLost ? 'data_missing: its data is gone' : simulated.failing.get(String(name));
        request.onEvent?.({
          event: 'environment_step',
          environment: String(name),
          step: 'database',
          status: message === undefined ? 'changed' : 'failed',
          durationMs: 40,
        });
        if (message !== undefined) {
          const [, code = 'simulated', text = message] = /^([a-z]+_[a-z_]+): (.*)$/s.exec(message) ?? [];
          ends.set(String(name), { status: 'failed', error: { code, message: text } });
          continue;
        }
        simulated.lost.delete(String(name));
        node.environments.set(String(name), { uid, digest, spec, retained: false });
        const site = simulated.sites.get(String(name));
        if (site !== undefined) simulated.sites.set(String(name), putBack(site, spec as Fields));
        ends.set(String(name), { status: 'changed' });
      }
      break;
    case 'environment-delete':
      for (const { name, policy } of listAt(request.vars, 'pressluft_delete')) {
        const known = node.environments.get(String(name));
        if (policy === 'delete') node.environments.delete(String(name));
        else if (known !== undefined) known.retained = true;
        ends.set(String(name), { status: 'changed' });
      }
      break;
    case 'node-probe':
      break;
    default:
      request.playbook satisfies never;
  }
  const stats = { ok: 1, changed: 1, failed: 0, unreachable: 0, skipped: 0 };
  return { stats, environments: ends, data: new Map(), failure: null, durationMs: 50 };
}

/** The site after a converge of its task. */
function putBack(site: ObservedSite, { title, admin_email, wordpress }: Fields): ObservedSite {
  const { manage, plugins, active_theme } = wordpress as {
    readonly manage: Readonly<Record<string, string>>;
    readonly plugins: readonly { readonly slug: string; readonly active: boolean }[];
    readonly active_theme: string | null;
  };
  const active = plugins.flatMap((plugin) => (plugin.active ? [plugin.slug] : []));
  return {
    ...site,
    ...(manage.title === 'git' ? { title: String(title) } : {}),
    ...(manage.admin_email === 'git' ? { adminEmail: String(admin_email) } : {}),
    ...(manage.plugins === 'git' ? { activePlugins: active } : {}),
    ...(manage.theme === 'git' && active_theme !== null ? { activeTheme: active_theme } : {}),
  };
}

function probe(
  { record, environments, machineId }: SimulatedNode,
  { drifting, sites, lost, pages }: SimulatedNodes,
): string {
  const checks = [
    { code: 'not_provisioned', ok: record !== null, severity: 'error', message: 'not provisioned' },
  ];
  return JSON.stringify({
    v: 1,
    node: {
      hostname: 'simulated',
      machineId,
      os: 'Debian 12',
      memoryMib: 4096,
      checks,
      record: record ?? {},
    },
    environments: Object.fromEntries(
      [...environments].map(([name, { retained, ...applied }]) => [
        name,
        {
          record: applied,
          retained,
          versions: { wordpress: '7.1.1', php: '8.2', plugins: {} },
          http: { status: pages.get(name) ?? 200, ms: 5, message: '' },
          services: drifting.has(name) ? { 'php-fpm': 'failed' } : {},
          drift: [],
          site: sites.get(name) ?? null,
          missingData: lost.get(name) ?? [],
        },
      ]),
    ),
  });
}

type Fields = Readonly<Record<string, unknown>>;

function objectAt(vars: Fields, key: string): Fields {
  return vars[key] as Fields;
}

function listAt(vars: Fields, key: string): readonly Fields[] {
  return vars[key] as readonly Fields[];
}
