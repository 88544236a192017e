/** The state of the provider, as plain data that can be stored; all other data in replies is derived from it. */
export interface CloudState {
  version: 1;
  /** Ids are never reused, even after a deletion. */
  nextId: { server: number; action: number; sshKey: number; firewall: number };
  servers: StoredServer[];
  actions: StoredAction[];
  sshKeys: StoredSshKey[];
  firewalls: StoredFirewall[];
}

export type Labels = Record<string, string>;

export interface StoredServer {
  id: number;
  name: string;
  created: string;
  serverType: string;
  location: string;
  image: string;
  labels: Labels;
  userData: string | null;
  /** Public keys as they were when the server was created; deleting a key later does not change the server. */
  authorizedKeys: string[];
  power: 'running' | 'off' | 'unknown';
  ipv4: string | null;
  protected: boolean;
  /** Size of its disk, when that is not the one of its type. */
  diskGib?: number;
}

export const actionCommands = [
  'create_server',
  'start_server',
  'stop_server',
  'shutdown_server',
  'reboot_server',
  'reset_server',
  'rebuild_server',
  'delete_server',
  'change_server_type',
  'create_image',
  'change_protection',
  'set_firewall_rules',
  'apply_firewall',
  'remove_firewall',
] as const;

export type ActionCommand = (typeof actionCommands)[number];

export interface StoredAction {
  id: number;
  command: ActionCommand;
  status: 'running' | 'success' | 'error';
  started: string;
  finished: string | null;
  resources: { id: number; type: 'server' | 'firewall' }[];
  error: { code: string; message: string } | null;
  /** Only with `rebuild_server`: the image to install. */
  image?: string;
  /** Only with `create_server`: the machine is powered off once it exists. */
  leaveOff?: true;
  /** Only with `change_server_type`: the new size. */
  resize?: { serverType: string; diskGib: number };
}

export interface StoredSshKey {
  id: number;
  name: string;
  fingerprint: string;
  publicKey: string;
  labels: Labels;
  created: string;
}

export interface FirewallRule {
  description: string | null;
  direction: 'in' | 'out';
  source_ips: string[];
  destination_ips: string[];
  protocol: 'tcp' | 'udp' | 'icmp' | 'esp' | 'gre';
  port: string | null;
}

export type FirewallTarget =
  | { type: 'server'; server: { id: number } }
  | { type: 'label_selector'; label_selector: { selector: string } };

export interface StoredFirewall {
  id: number;
  name: string;
  labels: Labels;
  created: string;
  rules: FirewallRule[];
  appliedTo: FirewallTarget[];
}

export function emptyState(): CloudState {
  return {
    version: 1,
    nextId: { server: 1, action: 1, sshKey: 1, firewall: 1 },
    servers: [],
    actions: [],
    sshKeys: [],
    firewalls: [],
  };
}
