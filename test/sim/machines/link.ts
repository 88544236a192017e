import type { Happening } from '../core/index.ts';
import type { SimMachine } from './machine.ts';
import type { SimMachines } from './sim-machines.ts';

/** A peer that is silent for this long counts as disconnected; see ServerAliveInterval in `client-options.ts`. */
const silenceMs = 45_000;

/** An open connection to a machine, from the view of its client. */
export interface Link {
  /** Settles when the client has detected a dead connection. */
  readonly broken: Promise<'broken'>;
  /** When a current answer of the machine arrives: at once, after a network cut that ends in time, or never. */
  arrive(): Promise<'arrived' | 'broken'>;
  close(): void;
}

export function openLink(machines: SimMachines, machine: SimMachine): Link {
  const { boots } = machine;
  const { timeline } = machines.core;
  let noticed: Happening | null = null;
  let told: (end: 'broken') => void = () => undefined;
  const broken = new Promise<'broken'>((resolve) => {
    told = resolve;
  });
  const waiting = new Set<() => void>();

  const look = () => {
    if (machine.boots !== boots) {
      // A restarted machine resets the connection at the next use; a powered-off one is silent.
      noticed ??= timeline.in(machines.random.between(500, silenceMs), 'link', () => told('broken'));
      return;
    }
    if (machine.networkCut) {
      noticed ??= timeline.in(silenceMs, 'link', () => told('broken'));
      return;
    }
    noticed?.cancel();
    noticed = null;
    for (const healed of waiting) healed();
    waiting.clear();
  };
  const unwatch = machines.watch(look);
  look();
  return {
    broken,
    arrive: () => {
      if (machine.boots === boots && !machine.networkCut) return Promise.resolve('arrived');
      return Promise.race([
        broken,
        new Promise<'arrived'>((resolve) => void waiting.add(() => resolve('arrived'))),
      ]);
    },
    close: () => {
      unwatch();
      noticed?.cancel();
    },
  };
}
