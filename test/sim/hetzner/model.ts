import type { CloudState, StoredServer } from '../../../src/lab/cloud/model.ts';
import type { ServerStatus } from '../../../src/lab/cloud/views.ts';

export type Labels = Readonly<Record<string, string>>;

/** A server as it is now; changes only through requests and actions. */
export interface SimServer extends Readonly<StoredServer> {
  readonly ipv4: string;
  readonly status: ServerStatus;
  /** The action that locks it. */
  readonly lockedBy: number | null;
}

export type SimKey = Readonly<CloudState['sshKeys'][number]>;
export type SimFirewall = Readonly<CloudState['firewalls'][number]>;

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
  resize(ipv4: string, cores: number, memoryMib: number): void;
}
