export type { Audit, Interval, Mutation } from './audit.ts';
export { type DiskImage, rebuild, restoreImage, takeImage } from './disk-image.ts';
export {
  claimedUid,
  type EnvironmentRecord,
  type NodeRecord,
  type SimMachine,
  type Slot,
} from './machine.ts';
export { ansibleFaults } from './play-faults.ts';
export { reachabilityFaults } from './reachability.ts';
export { sshFaults } from './run-command.ts';
export { type AnsibleOptions, simAnsible } from './sim-ansible.ts';
export { type ShellOptions, simMachineShell } from './sim-machine-shell.ts';
export { type BootRequest, SimMachines, type StaticHost } from './sim-machines.ts';
