export type Labels = Readonly<Record<string, string>>;

export type ServerStatus = 'initializing' | 'starting' | 'running' | 'off' | 'deleting';

export interface SimServer {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly serverType: string;
  readonly location: string;
  readonly image: string;
  readonly ipv4: string;
  readonly userData: string;
  /** Public keys at the time of its creation. */
  readonly authorizedKeys: readonly string[];
  labels: Labels;
  status: ServerStatus;
  /** The action that locks it. */
  lockedBy: number | null;
  /** Whether a machine exists at its address. */
  hasMachine: boolean;
  /** Created defective: it never starts. */
  broken: boolean;
  /** Lists omit it until then. */
  listedFromMs: number;
}

export interface SimKey {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly publicKey: string;
  readonly fingerprint: string;
  labels: Labels;
  listedFromMs: number;
}

export interface SimRule {
  readonly description: string | null;
  readonly direction: 'in' | 'out';
  readonly source_ips: readonly string[];
  readonly destination_ips: readonly string[];
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'esp' | 'gre';
  readonly port: string | null;
}

export interface SimFirewall {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  labels: Labels;
  rules: readonly SimRule[];
  readonly appliedTo: Set<number>;
  listedFromMs: number;
}

export type ActionCommand =
  | 'create_server'
  | 'start_server'
  | 'delete_server'
  | 'set_firewall_rules'
  | 'apply_firewall';

export interface SimAction {
  readonly id: number;
  readonly command: ActionCommand;
  readonly startedMs: number;
  readonly resources: readonly { readonly id: number; readonly type: 'server' | 'firewall' }[];
  status: 'running' | 'success' | 'error';
  /** Expected end, for its progress; null while another action has to end first. */
  endsMs: number | null;
  finishedMs: number | null;
  error: { readonly code: string; readonly message: string } | null;
}

/** Outcome of an action. `after`: it reports a failure although it took effect. */
export type ActionFate = 'success' | 'error-before' | 'error-after' | 'hangs';

/** One change of the account, with the name of the requesting process or person. */
export interface CloudMutation {
  readonly atMs: number;
  readonly by: string;
  readonly method: string;
  /** Route, e.g. `/servers/{id}`. */
  readonly path: string;
  readonly id: number;
  readonly name: string;
  /** Labels of the resource right before the change. */
  readonly labels: Labels;
}

/** Parameters of a new machine. */
export interface MachineOrder {
  readonly id: number;
  readonly name: string;
  readonly hostname: string;
  readonly ipv4: string;
  readonly userData: string;
  readonly authorizedKeys: readonly string[];
}

/** The machines behind the servers. */
export interface SimMachines {
  /** Switches a machine on; creates it if there is none at the address. */
  boot(server: MachineOrder): void;
  powerOff(ipv4: string): void;
  destroy(ipv4: string): void;
}
