import { CommanderError } from 'commander';
import pc from 'picocolors';
import { expect, test } from 'vitest';
import { reportError } from '../../src/cli/report-error.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';

const options = { paint: pc.createColors(false), verbose: false, stopped: false };

test('an expected error is its code, message and hint', () => {
  const error = new PressluftError(errors.remoteUnreachable, 'cannot reach the remote', {
    hint: 'Check the URL.',
  });
  expect(reportError(error, options)).toEqual({
    text: 'error PL3002: cannot reach the remote\n  hint: Check the URL.\n',
    exitCode: 3,
  });
});

test('an unexpected error is a bug, and its stack is shown with --verbose only', () => {
  const quiet = reportError(new TypeError('x is not a function'), options);
  expect(quiet.exitCode).toBe(1);
  expect(quiet.text).toContain('This is a bug');
  expect(quiet.text).not.toContain('report-error.test.ts');
  const verbose = reportError(new TypeError('x is not a function'), { ...options, verbose: true });
  expect(verbose.text).toContain('report-error.test.ts');
});

test('--verbose shows the chain of causes, also when it is a circle', () => {
  const cause = new Error('the root');
  cause.cause = cause;
  const { text } = reportError(new PressluftError(errors.gitFailed, 'git failed', { cause }), {
    ...options,
    verbose: true,
  });
  expect(text).toContain('caused by Error: the root');
});

test('control characters of an error do not reach the terminal', () => {
  const { text } = reportError(
    new PressluftError(errors.nodeCommandFailed, 'a\u001b[2Jb\r\nc\u009b'),
    options,
  );
  expect(text).toBe('error PL4024: a␛[2Jb␍\n  c�\n');
});

test('what a signal stopped is no bug', () => {
  expect(reportError(new Error('stopped by SIGINT'), { ...options, stopped: true })).toEqual({
    text: 'stopped\n',
    exitCode: 130,
  });
});

test('an error that has nothing to do with the signal is still told', () => {
  const error = new PressluftError(errors.storeUnusable, 'the store is broken');
  expect(reportError(error, { ...options, stopped: true }).exitCode).toBe(3);
});

test.each([
  ['commander.helpDisplayed', 0, 0],
  ['commander.unknownOption', 1, 2],
])('commander’s %s exits with the right code and says nothing twice', (code, given, exitCode) => {
  expect(reportError(new CommanderError(given, code, 'x'), options)).toEqual({ text: '', exitCode });
});
