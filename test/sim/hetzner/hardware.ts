import { serverTypes } from '../../../src/lab/cloud/catalogue.ts';
import type { StoredAction } from '../../../src/lab/cloud/model.ts';
import type { AddressPool } from './address-pool.ts';
import type { SimMachines, SimServer } from './model.ts';

/** The machines and addresses behind the servers of an account. */
export class SimHardware {
  readonly addresses: AddressPool;
  /** Servers that were created defective: they never start. */
  readonly broken = new Set<number>();
  readonly #machines: SimMachines;
  /** Servers that have a machine. */
  readonly #booted = new Set<number>();

  constructor(machines: SimMachines, addresses: AddressPool) {
    this.#machines = machines;
    this.addresses = addresses;
  }

  /** The effect of an action on the machine of a server; a new server gets its machine when it is switched on. */
  carryOut({ command, resize }: StoredAction, server: SimServer): void {
    const { id, ipv4 } = server;
    switch (command) {
      case 'start_server':
        if (server.power !== 'running') this.#boot(server);
        return;
      case 'stop_server':
      case 'shutdown_server':
        this.#powerOff(server);
        return;
      case 'reboot_server':
      case 'reset_server':
        this.#powerOff(server);
        this.#boot(server);
        return;
      case 'rebuild_server':
        if (this.#booted.has(id)) this.#machines.destroy(ipv4);
        this.#boot(server);
        return;
      case 'change_server_type':
        this.#boot(server);
        this.#resize(ipv4, resize?.serverType ?? server.serverType);
        return;
      case 'delete_server':
        if (this.#booted.delete(id)) this.#machines.destroy(ipv4);
        this.addresses.giveBack(ipv4);
        return;
      // Packet filters are not simulated.
      case 'create_server':
      case 'create_image':
      case 'change_protection':
      case 'set_firewall_rules':
      case 'apply_firewall':
      case 'remove_firewall':
        return;
      default:
        command satisfies never;
    }
  }

  #boot({ id, name, ipv4, userData, authorizedKeys }: SimServer): void {
    this.#booted.add(id);
    this.#machines.boot({ id, name, hostname: name, ipv4, userData: userData ?? '', authorizedKeys });
  }

  #powerOff({ id, ipv4 }: SimServer): void {
    if (this.#booted.has(id)) this.#machines.powerOff(ipv4);
  }

  #resize(ipv4: string, serverType: string): void {
    const type = serverTypes.find(({ name }) => name === serverType);
    if (type !== undefined) this.#machines.resize(ipv4, type.cores, type.memoryGib * 1024 - kernelMib);
  }
}

/** Memory that the kernel keeps: a server with 4 GiB shows 3900 MiB. */
const kernelMib = 196;
