import type { SimMachine } from './machine.ts';

export type FrontPage =
  | { readonly kind: 'refused'; readonly message: string }
  /** `marker` is the environment that answers; only the probe of the node receives it. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly marker: string | null;
      readonly wordpress: string | null;
    };

/** The answer of nginx for an environment's main host. */
export function frontPage(machine: SimMachine, name: string): FrontPage {
  if (machine.services.get('nginx') !== 'active')
    return { kind: 'refused', message: '[Errno 111] Connection refused' };
  const slot = machine.slots.get(name);
  const answer = (status: number, wordpress: string | null = null): FrontPage => ({
    kind: 'answer',
    status,
    marker: name,
    wordpress,
  });
  if (slot === undefined || slot.served === null)
    return { kind: 'answer', status: 404, marker: null, wordpress: null };
  if (slot.served.state === 'stopped') return answer(503);
  if (!slot.php) return answer(502);
  const live = slot.live === null ? undefined : slot.releases.get(slot.live);
  if (live === undefined) return answer(404);
  if (machine.services.get('mariadb') !== 'active' || !slot.database || slot.databaseUser !== 'current')
    return answer(500);
  return slot.installation === null ? answer(302) : answer(200, live.wordpress);
}
