import type { SimMachine } from './machine.ts';
import type { BootRequest, SimMachines } from './sim-machines.ts';

const onDisk = [
  'machineId',
  'hostKey',
  'users',
  'cloudInit',
  'applied',
  'loaded',
  'services',
  'phpVersions',
  'record',
  'slots',
  'trees',
  'owed',
] as const satisfies readonly (keyof SimMachine)[];

/** Everything that a snapshot of a server contains. */
export type DiskImage = Pick<SimMachine, (typeof onDisk)[number]>;

export function takeImage(machine: SimMachine): DiskImage {
  const image = Object.fromEntries(onDisk.map((key) => [key, machine[key]]));
  return structuredClone(image) as DiskImage;
}

/** The server boots from an empty disk, at the same address; cloud-init reads the same user data again. */
export function rebuild(machines: SimMachines, request: BootRequest): SimMachine {
  machines.destroy(request.ipv4);
  return machines.boot(request);
}

/** The server boots from the disk as it was when the image was taken. */
export function restoreImage(machines: SimMachines, request: BootRequest, image: DiskImage): SimMachine {
  const machine = rebuild(machines, request);
  Object.assign(machine, structuredClone(image));
  // Enabled services start with the machine.
  machines.reboot(request.ipv4);
  return machine;
}
