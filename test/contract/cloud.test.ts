import { createHetznerCloud } from '../../src/adapters/hetzner/hetzner-cloud.ts';
import { systemRandom } from '../../src/adapters/random.ts';
import type { Fault } from '../../src/lab/api/faults.ts';
import type { ActionCommand } from '../../src/lab/cloud/model.ts';
import { publicKey, readOnlyToken, startHarness, token } from '../lab-api/harness.ts';
import { memoryLog } from '../support/memory-log.ts';
import { scaledClock } from '../support/scaled-clock.ts';
import { describeCloudContract } from './cloud.contract.ts';

/** How fast the adapter's clock runs. */
const speed = 50;

describeCloudContract('hcloud adapter against the lab’s API', async () => {
  const harness = await startHarness({ readOnlyToken, bootMs: 20 });
  const clock = scaledClock(speed);
  const add = (fault: Fault) => harness.api.setFaults([...harness.api.faults.list(), fault]);
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
      lose: (what, method, collection) =>
        add({
          kind: 'lost-reply',
          before: what === 'request',
          method,
          path: `^/v1/${collection}(/\\d+)?$`,
          times: 1,
        }),
      failAction: (command, when) =>
        add({
          kind: 'action-error',
          command: command as ActionCommand,
          afterEffect: when === 'after',
          times: 1,
        }),
      slowAction: (command, ms) =>
        add({ kind: 'slow-action', command: command as ActionCommand, ms: ms / speed, times: 1 }),
      sellOut: () => add({ kind: 'sold-out', serverType: 'cx23' }),
      answer: (status, count) => add({ kind: 'status', status, times: count }),
      hideNewServers: (ms) => add({ kind: 'eventual-list', ms: ms / speed }),
      heal: () => harness.api.setFaults([]),
      pass: (ms) => clock.sleep(ms),
    },
    close: () => harness.close(),
  };
});
