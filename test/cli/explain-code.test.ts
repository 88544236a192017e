import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeEntries } from '../../src/cli/explain-code.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

test('explain prints cause, cure and example of a code, without the marks of Markdown', async () => {
  const { code, stdout } = await cli.run(['explain', diagnosticCodes.mergeKey]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^PL1012: Merge keys are not supported\n/);
  expect(stdout).toContain('\nWhat it means\n\nThe merge key << is not part of YAML 1.2');
  expect(stdout).toContain('\nWhat to do\n\nWrite the fields out');
  expect(stdout).toContain('    5 |   <<: { site: acme }\n      |   ^^\n');
  expect(stdout).not.toMatch(/```|^#|\\</m);
});

test('explain knows operating errors, small letters, and JSON', async () => {
  const { code, stdout } = await cli.run(['explain', 'pl3004', '--format', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    kind: 'error',
    code: errors.branchRewritten,
    retry: 'backoff',
    exitCode: 3,
  });
});

test('explain knows every code', async () => {
  for (const { code, title } of codeEntries) {
    expect((await cli.run(['explain', code])).stdout).toContain(`${code}: ${title}`);
  }
});

test('an unknown code ends with 2 and the nearest one', async () => {
  expect(await cli.run(['explain', 'PL102'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/there is no code PL102\n.*Did you mean PL1002\?/),
  });
});

test('a title in bold is the only difference that colour makes', async () => {
  const plain = await cli.run(['explain', diagnosticCodes.passwordNotHashed]);
  const coloured = await cli.run(['--color', 'explain', diagnosticCodes.passwordNotHashed]);
  expect(coloured.stdout).toContain('\u001b[1mPL1044');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking the colours away is the purpose
  expect(coloured.stdout.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.stdout);
  expect(plain.stdout).toContain('"htpasswd -nB <user>"');
});
