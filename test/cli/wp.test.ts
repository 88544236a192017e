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

test('wp attaches the terminal when there is one and --raw says that the site may control it', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const terminal = { stdinIsTerminal: true };
  await cli.run(['wp', '--raw', 'environment/acme-production', '--', 'shell'], terminal);
  expect(cli.nodes.commands).toMatchObject([{ as: 'interactive' }]);
  await cli.run(['wp', 'acme-production', '--', 'plugin', 'list'], terminal);
  expect(cli.nodes.commands).toMatchObject([{ as: 'interactive' }, { as: 'stream' }]);
});

test.each([['shell'], ['db cli']])('wp %s in a terminal needs --raw', async (command) => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const result = await cli.run(['wp', 'acme-production', '--', ...command.split(' ')], {
    stdinIsTerminal: true,
  });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`pressluft wp --raw acme-production -- ${command}`);
  expect(cli.nodes.commands).toEqual([]);
});

test('what a site prints reaches a terminal without control sequences, unless --raw, and a file unchanged', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const stderr = 'PHP Warning: \u001b]52;c;ZXZpbA==\u0007\r\n';
  cli.nodes.commandResult = { exitCode: 0, stdout: stderr, stderr };
  const run = async (...flags: readonly string[]) => {
    const terminal: string[] = [];
    const { stdout } = await cli.run(['wp', ...flags, 'acme-production', '--', 'option', 'get', 'x'], {
      terminal,
    });
    return { file: stdout, terminal: terminal.join('') };
  };
  expect(await run()).toEqual({ file: stderr, terminal: 'PHP Warning: ␛]52;c;ZXZpbA==␇\n' });
  expect(await run('--raw')).toEqual({ file: stderr, terminal: stderr });
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
