import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { fleetFiles, nodeAddress } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

test('wp runs in the sandbox of the environment on its node and ends with its exit code', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  cli.nodes.commandResult = { exitCode: 3, stdout: 'out\n', stderr: 'err\n' };
  const result = await cli.run(['wp', 'acme-production', '--', 'option', 'get', '--format=json', "it's"]);
  expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  expect(cli.nodes.commands).toEqual([
    {
      host: nodeAddress,
      as: 'stream',
      argv: [
        'sudo',
        '-n',
        '/usr/local/lib/pressluft/site-run',
        'acme-production',
        '--',
        'wp',
        'option',
        'get',
        '--format=json',
        "it's",
      ],
    },
  ]);
});

test('wp attaches the terminal when there is one', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.run(['wp', 'environment/acme-production', '--', 'shell'], { stdinIsTerminal: true });
  expect(cli.nodes.commands).toMatchObject([{ as: 'interactive' }]);
});

test.each([
  ['an environment that does not exist', 'acme-nowhere', errors.resourceUnknown],
  ['a name with a path in it', '../../etc', errors.flagInvalid],
])('wp refuses %s', async (_, name, code) => {
  await cli.repository.commit(fleetFiles);
  const result = await cli.run(['wp', name, '--', 'plugin', 'list']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`error ${code}:`);
  expect(cli.nodes.commands).toEqual([]);
});
