/** Specification of a machine, as the provider's API passes it on. */
export interface MachineSpec {
  /** Server id, unique in the lab. */
  readonly id: number;
  /** Host name; a DNS label. */
  readonly name: string;
  /** Image name as in the provider's catalogue, for example `debian-12`. */
  readonly image: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /** cloud-init user data: `#cloud-config` YAML or a `#!` script. */
  readonly userData: string | undefined;
  /** Public keys that may log in as root, as cloud-init installs the provider's keys. */
  readonly sshAuthorizedKeys: readonly string[];
}

export type MachineState = 'running' | 'off';

export interface Machine {
  readonly id: number;
  readonly name: string;
  readonly ipv4: string;
  readonly state: MachineState;
}

export type FirewallProtocol = 'tcp' | 'udp' | 'icmp' | 'esp' | 'gre';

/**
 * One inbound rule of a cloud firewall. Traffic that no rule permits is dropped; replies to
 * connections that the machine opened always pass.
 */
export interface InboundRule {
  readonly protocol: FirewallProtocol;
  /** `80`, `80-85` or `any`; only with `tcp` and `udp`. */
  readonly port: string | undefined;
  /** CIDR networks, IPv4 or IPv6. */
  readonly sourceIps: readonly string[];
}

/**
 * The machines of one lab. Every operation is idempotent and resolves when its effect is complete; operations
 * on one machine run one after the other, on different machines in parallel. All fail with
 * `PressluftError`; an unknown id is `PL2004`.
 */
export interface MachineBackend {
  /** Allocates an address, creates the root file system, applies user data and boots. The same id twice is one machine. */
  create(spec: MachineSpec, signal?: AbortSignal): Promise<Machine>;
  powerOn(id: number, signal?: AbortSignal): Promise<void>;
  /** Powers off without a shutdown of services. */
  powerOff(id: number, signal?: AbortSignal): Promise<void>;
  reboot(id: number, signal?: AbortSignal): Promise<void>;
  /** A new root file system at the same address, with the spec's image and user data; boots it. */
  rebuild(spec: MachineSpec, signal?: AbortSignal): Promise<void>;
  /** Gives a machine that is off the cores and the memory of the spec, for its next boot. */
  resize(spec: MachineSpec): Promise<void>;
  /** Removes the machine completely. An unknown id is not an error. */
  destroy(id: number): Promise<void>;
  /** The machines that exist on the host, ordered by id. */
  list(): Promise<readonly Machine[]>;
  /** Inbound rules enforced outside the machine; `undefined` removes the firewall. */
  setFirewall(id: number, rules: readonly InboundRule[] | undefined): Promise<void>;
  /** Fault: takes the machine's link down, or up again. The machine keeps running. */
  setNetworkCut(id: number, cut: boolean): Promise<void>;
}
