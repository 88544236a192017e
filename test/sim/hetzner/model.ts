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
  /** Public keys as they were when it was made. */
  readonly authorizedKeys: readonly string[];
  labels: Labels;
  status: ServerStatus;
  /** The action that keeps others away from it. */
  lockedBy: number | null;
  /** Whether there is a machine at its address. */
  hasMachine: boolean;
  /** Made so badly that it never starts. */
  broken: boolean;
  /** Lists leave it out until then. */
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
  /** When it is expected to end, for its progress; null as long as another one has to end first. */
  endsMs: number | null;
  finishedMs: number | null;
  error: { readonly code: string; readonly message: string } | null;
}

/** How an action goes. `after`: it says that it failed although it has done what it should. */
export type ActionFate = 'success' | 'error-before' | 'error-after' | 'hangs';

/** One change of the account, by the name of the process or the person who asked for it. */
export interface CloudMutation {
  readonly atMs: number;
  readonly by: string;
  readonly method: string;
  /** Route, e.g. `/servers/{id}`. */
  readonly path: string;
  readonly id: number;
  readonly name: string;
  /** Of the thing, right before it was changed. */
  readonly labels: Labels;
}

/** What a machine is made from. */
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
  /** Switched on: made when there is none at that address yet. */
  boot(server: MachineOrder): void;
  powerOff(ipv4: string): void;
  destroy(ipv4: string): void;
}
