import { createHetznerCloud } from '../../src/adapters/hetzner/hetzner-cloud.ts';
import { systemRandom } from '../../src/adapters/random.ts';
import type { ActionCommand } from '../../src/lab/api/model.ts';
import { publicKey, readOnlyToken, startHarness, token } from '../lab-api/harness.ts';
import { memoryLog } from '../support/memory-log.ts';
import { scaledClock } from '../support/scaled-clock.ts';
import { describeCloudContract } from './cloud.contract.ts';

describeCloudContract('hcloud adapter against the lab’s API', async () => {
  const harness = await startHarness({ readOnlyToken, bootMs: 20 });
  const clock = scaledClock(50);
  const withToken = (bearer: string) =>
    createHetznerCloud({
      endpoint: harness.url,
      token: bearer,
      clock,
      random: systemRandom,
      log: memoryLog(),
      requestTimeoutMs: 5_000,
    });
  return {
    cloud: withToken(token),
    refused: withToken('not-this-one'),
    readOnly: withToken(readOnlyToken),
    serverType: 'cx23',
    location: 'fsn1',
    image: 'debian-12',
    newPublicKey: publicKey,
    faults: {
      loseCreateReply: (collection) =>
        harness.api.setFaults([
          { kind: 'lost-reply', method: 'POST', path: `^/v1/${collection}$`, times: 1 },
        ]),
      failAction: (command) =>
        harness.api.setFaults([{ kind: 'action-error', command: command as ActionCommand, times: 1 }]),
      sellOut: () => harness.api.setFaults([{ kind: 'sold-out', serverType: 'cx23' }]),
      answer: (status, count) => harness.api.setFaults([{ kind: 'status', status, times: count }]),
      heal: () => harness.api.setFaults([]),
    },
    close: () => harness.close(),
  };
});
