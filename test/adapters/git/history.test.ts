import { expect, test } from 'vitest';
import type { GitCommand } from '../../../src/adapters/git/git-command.ts';
import { commitsBetween } from '../../../src/adapters/git/history.ts';
import { createRedactor } from '../../../src/adapters/git/redact.ts';
import type { ProcessResult } from '../../../src/adapters/process/run-process.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { commitSha } from '../../support/fleet-builders.ts';

const [a, b, c] = [commitSha('a'), commitSha('b'), commitSha('c')];

function answering(result: Partial<ProcessResult>): GitCommand {
  const sound = {
    exitCode: 0,
    signal: null,
    stdout: '',
    stderr: '',
    durationMs: 1,
    timedOut: false,
    canceled: false,
  };
  return {
    dir: '/nonexistent',
    try: async () => ({ ...sound, truncated: false, ...result }),
    run: () => Promise.reject(new Error('not in this test')),
    open: () => {
      throw new Error('not in this test');
    },
  };
}

const between = (result: Partial<ProcessResult>) =>
  commitsBetween(answering(result), createRedactor(), a, c, 10);

test('a commit comes with all its parents', async () => {
  expect(await between({ stdout: `${b} ${a}\n${c} ${b} ${a}\n` })).toEqual([
    { sha: b, parents: [a] },
    { sha: c, parents: [b, a] },
  ]);
  expect(await between({})).toEqual([]);
});

test('a truncated answer is an error, because the commits left out would not be checked', async () => {
  await expect(between({ stdout: `${b} ${a}\n`, truncated: true })).rejects.toMatchObject({
    code: errors.cloneIncomplete,
  });
});

test('a failed git is an error, even after valid output', async () => {
  for (const failed of [{ exitCode: 128 }, { timedOut: true }, { canceled: true }])
    await expect(between({ stdout: `${b} ${a}\n`, ...failed })).rejects.toThrow();
});
