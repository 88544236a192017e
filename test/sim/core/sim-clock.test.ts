import { expect, it } from 'vitest';
import { cloudWorld } from '../hetzner/cloud-world.ts';
import { drive } from './drive.ts';

it('sleeps whole milliseconds, never shorter than asked, so that time always advances', async () => {
  const { core, start } = cloudWorld();
  const { clock } = start();
  const before = clock.monotonic();
  await drive(core.timeline, clock.sleep(0.25));
  await drive(core.timeline, clock.sleep(Number.EPSILON));
  expect(clock.monotonic() - before).toBe(2);
});
