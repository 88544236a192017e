import { publicKey } from '../lab-api/harness.ts';
import { cloudWorld } from '../sim/hetzner/cloud-world.ts';
import { driven } from '../sim/hetzner/driven.ts';
import type { ActionCommand } from '../sim/hetzner/model.ts';
import { scriptedFaults } from '../sim/hetzner/scripted-faults.ts';
import { describeCloudContract } from './cloud.contract.ts';

const routes = { servers: '/servers', firewalls: '/firewalls', ssh_keys: '/ssh_keys' } as const;
const kinds = { 429: 'rate-limited', 502: 'bad-gateway', 503: 'unavailable' } as const;

describeCloudContract('hcloud adapter over the simulated exchanges', async () => {
  const script = scriptedFaults();
  const world = cloudWorld({ source: script.source });
  const { account } = world;
  const withToken = (token: string) =>
    driven(world.core.timeline, world.start(`controller with ${token}`, token).cloud);
  return {
    cloud: withToken('good'),
    refused: withToken('not-this-one'),
    readOnly: withToken('reader'),
    serverType: 'cx23',
    location: 'fsn1',
    image: 'debian-12',
    newPublicKey: publicKey,
    faults: {
      loseCreateReply: async (collection) => script.next(`hetzner.POST ${routes[collection]}`, 'lost-reply'),
      failAction: async (command) => account.actions.foretell(command as ActionCommand, 'error-before'),
      sellOut: async () => account.sellOut('cx23'),
      answer: async (status, count) => script.any(kinds[status], count),
      heal: async () => {
        account.restock();
        script.heal();
      },
    },
    close: async () => undefined,
  };
});
