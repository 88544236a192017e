import { afterEach, beforeEach, expect, test } from 'vitest';
import { environmentFile } from '../cli/fleet-files.ts';
import { type DaemonHarness, daemonHarness, minuteMs } from './daemon-harness.ts';

let daemon: DaemonHarness;
beforeEach(async () => {
  daemon = await daemonHarness();
});
afterEach(() => daemon.close());

const withDomain = (name: string, memoryLimit: string, domain: string) =>
  environmentFile(name, memoryLimit).replace(`${name}.example`, domain);
const production = 'environments/acme-production.yaml';
const lastActions = () => daemon.reports.at(-1)?.results.map(({ action, outcome }) => `${action} ${outcome}`);
const lastBlocked = () =>
  daemon.reports.at(-1)?.residual?.blocked.map(({ resource, reason }) => `${resource} ${reason}`);

test('a newcomer with the domain of an applied environment does not keep that one from its next change', async () => {
  daemon.git.push({ [production]: withDomain('acme-production', '256M', 'acme.shop') });
  await daemon.start();
  daemon.git.push({ 'environments/thief.yaml': withDomain('thief', '256M', 'acme.shop') });
  await daemon.clock.advance(minuteMs);
  expect(lastActions()).toEqual([]);
  expect(lastBlocked()).toEqual(['environment/thief NameTaken']);
  expect(daemon.reports.at(-1)?.diagnostics.map(({ file, code }) => `${file} ${code}`)).toEqual([
    'environments/thief.yaml PL1052',
  ]);
  daemon.git.push({ [production]: withDomain('acme-production', '512M', 'acme.shop') });
  await daemon.clock.advance(minuteMs);
  expect(lastActions()).toEqual(['environment.converge:acme-production succeeded']);
  expect(lastBlocked()).toEqual(['environment/thief NameTaken']);
});

test('a domain that its environment gives up is applied to the next one in the same pass', async () => {
  daemon.git.push({ [production]: withDomain('acme-production', '256M', 'acme.shop') });
  await daemon.start();
  daemon.git.push({
    [production]: withDomain('acme-production', '256M', 'other.shop'),
    'environments/new.yaml': withDomain('new', '256M', 'acme.shop'),
  });
  await daemon.clock.advance(minuteMs);
  expect(lastActions()).toEqual([
    'environment.converge:acme-production succeeded',
    'environment.converge:new succeeded',
  ]);
  expect(lastBlocked()).toEqual([]);
});
