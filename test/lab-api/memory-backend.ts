import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { InboundRule, Machine, MachineBackend, MachineSpec } from '../../src/lab/machines/backend.ts';

export interface MemoryBackend extends MachineBackend {
  /** Every call in order, as `operation id`. */
  readonly calls: readonly string[];
  readonly specs: ReadonlyMap<number, MachineSpec>;
  readonly firewalls: ReadonlyMap<number, readonly InboundRule[] | undefined>;
  readonly cut: ReadonlySet<number>;
}

/** Machines that exist in memory only; `bootMs` is how long a boot takes. */
export function memoryBackend(options: { bootMs?: number } = {}): MemoryBackend {
  const calls: string[] = [];
  const machines = new Map<number, Machine>();
  const specs = new Map<number, MachineSpec>();
  const firewalls = new Map<number, readonly InboundRule[] | undefined>();
  const cut = new Set<number>();
  const boot = (signal?: AbortSignal) => sleep(options.bootMs ?? 5, undefined, signal ? { signal } : {});
  const known = (id: number): Machine => {
    const machine = machines.get(id);
    if (!machine) throw new PressluftError(errors.labFailed, `machine ${id} does not exist`);
    return machine;
  };

  return {
    calls,
    specs,
    firewalls,
    cut,
    create: async (spec, signal) => {
      calls.push(`create ${spec.id}`);
      const machine: Machine = {
        id: spec.id,
        name: spec.name,
        ipv4: `10.213.0.${spec.id + 1}`,
        state: 'running',
      };
      machines.set(spec.id, machine);
      specs.set(spec.id, spec);
      await boot(signal);
      return machine;
    },
    powerOn: async (id, signal) => {
      calls.push(`powerOn ${id}`);
      machines.set(id, { ...known(id), state: 'running' });
      await boot(signal);
    },
    powerOff: async (id) => {
      calls.push(`powerOff ${id}`);
      machines.set(id, { ...known(id), state: 'off' });
    },
    reboot: async (id, signal) => {
      calls.push(`reboot ${id}`);
      known(id);
      await boot(signal);
    },
    rebuild: async (spec, signal) => {
      calls.push(`rebuild ${spec.id} ${spec.image}`);
      machines.set(spec.id, { ...known(spec.id), state: 'running' });
      specs.set(spec.id, spec);
      await boot(signal);
    },
    resize: async (spec) => {
      calls.push(`resize ${spec.id}`);
      known(spec.id);
      specs.set(spec.id, spec);
    },
    destroy: async (id) => {
      calls.push(`destroy ${id}`);
      machines.delete(id);
    },
    list: async () => [...machines.values()],
    setFirewall: async (id, rules) => {
      known(id);
      firewalls.set(id, rules);
    },
    setNetworkCut: async (id, wanted) => {
      known(id);
      if (wanted) cut.add(id);
      else cut.delete(id);
    },
  };
}
