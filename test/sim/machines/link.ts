import type { Happening } from '../core/index.ts';
import type { SimMachine } from './machine.ts';
import type { SimMachines } from './sim-machines.ts';

/** A peer that is silent for this long is taken for gone; see ServerAliveInterval in `client-options.ts`. */
const silenceMs = 45_000;

/** An open connection to a machine, as its client sees it. */
export interface Link {
  /** Ends when the client has noticed that the connection is dead. */
  readonly broken: Promise<'broken'>;
  /** Whether an answer that the machine gives now arrives: at once, when a cut network heals in time, or never. */
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
      // A restarted machine resets the connection when it is next used; one that is off is only silent.
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
