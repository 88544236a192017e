import type { ActionCommand } from '../../src/lab/cloud/model.ts';
import { publicKey } from '../lab-api/harness.ts';
import { drive } from '../sim/core/drive.ts';
import { cloudWorld } from '../sim/hetzner/cloud-world.ts';
import { driven } from '../sim/hetzner/driven.ts';
import { scriptedFaults } from '../sim/hetzner/scripted-faults.ts';
import { describeCloudContract } from './cloud.contract.ts';

const kinds = {
  429: 'rate-limited',
  502: 'bad-gateway',
  503: 'unavailable',
  504: 'gateway-timeout',
} as const;

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
      lose: async (what, method, collection) =>
        script.next(`hetzner.${method} /${collection}${method === 'DELETE' ? '/{id}' : ''}`, `lost-${what}`),
      failAction: async (command, when) =>
        account.actions.foretell(command as ActionCommand, { fate: `error-${when}` }),
      slowAction: async (command, ms) => account.actions.foretell(command as ActionCommand, { ms }),
      sellOut: async () => account.sellOut('cx23'),
      answer: async (status, count) => script.any(kinds[status], count),
      hideNewServers: async (ms) => {
        account.hidesNewForMs = ms;
      },
      heal: async () => {
        account.restock();
        account.hidesNewForMs = 0;
        script.heal();
      },
      pass: async (ms) => {
        const { timeline } = world.core;
        await drive(timeline, timeline.sleep(ms));
      },
    },
    close: async () => undefined,
  };
});
