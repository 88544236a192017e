export { addressPool } from './address-pool.ts';
export { faultsOf } from './exchange-faults.ts';
export type { CloudMutation, MachineOrder, SimFirewall, SimKey, SimMachines, SimServer } from './model.ts';
export { type CloudPeople, cloudPeople } from './people.ts';
export { type SimCloudDeps, type SimCloudsDeps, simCloud, simClouds } from './sim-cloud.ts';
export { type Access, SimHetzner, type SimHetznerOptions } from './sim-hetzner.ts';
