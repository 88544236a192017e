import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { nodeFailure, nodeFailures } from '../../src/actions/node-failures.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { ansibleRoot } from '../../src/main/paths.ts';

/** Codes as the sources of the content spell them: `StepError("code", …)`, `fail("code", …)`, `run_ok(…, "code")`, and tables of them. */
function codesOfContent(): readonly string[] {
  const argv = [
    '-rhoE',
    '--include=*.py',
    '--include=*.php',
    patterns.join('|'),
    'library',
    'module_utils',
    'files/wordpress',
  ];
  const found = execFileSync('grep', argv, { cwd: ansibleRoot, encoding: 'utf8' });
  return [
    ...new Set([...found.matchAll(/["']([a-z]+(?:_[a-z]+)*)["']\)?,?$/gm)].map(([, code]) => code ?? '')),
  ];
}
const patterns = [
  '(StepError|fail)\\("[a-z_]+",',
  'run_ok\\(.*, "[a-z_]+"(\\)|,)',
  "'code' => '[a-z_]+'",
  '= "[a-z_]+", "[a-z_]+"$',
  '\\: "site_[a-z_]+"',
];

it('knows every code that the content reports', () => {
  const codes = codesOfContent();
  expect(codes).toEqual(
    expect.arrayContaining(['checksum_mismatch', 'wordpress_failed', 'reload_failed', 'site_fatal']),
  );
  // Codes of the modules of files, services and deletions fail a whole run.
  const ofRuns = new Set(['config_invalid', 'file_invalid']);
  expect(codes.filter((code) => !ofRuns.has(code) && !nodeFailures.has(code))).toEqual([]);
});

it.each([
  'checksum_mismatch',
  'artifact_missing',
  'invalid_value',
  'plugin_invalid',
  'php_version_missing',
  'nginx_config_invalid',
  'ownership_mismatch',
  'account_conflict',
  'site_fatal',
  'site_empty',
  'release_switched_back',
  'activation_undone',
])('does not retry %s: nothing changes by itself', (code) => {
  expect(nodeFailure(code, 'acme').retry).toEqual({ kind: 'never' });
}); // prettier-ignore

it.each([
  'download_failed',
  'mariadb_unreachable',
  'verify_failed',
  'timeout',
  'environment_busy',
  'name_taken',
  'a_code_of_tomorrow',
  undefined,
])('retries %s: it may succeed by itself', (code) => {
  expect(nodeFailure(code, 'acme').retry).toEqual({ kind: 'backoff' });
});

it('reports a release that was switched back as an error of its own', () => {
  expect(nodeFailure('release_switched_back', 'acme').error).toBe(errors.releaseSwitchedBack);
});

it('names the environment in its hints', () => {
  const hints = [...nodeFailures.keys()].map((code) => nodeFailure(code, 'acme').hint);
  expect(hints.filter((hint) => /[<{]\w+[>}]/.test(hint))).toEqual([]);
  expect(nodeFailure('site_fatal', 'acme').hint).toContain('/srv/pressluft/acme/logs');
});

it('reports a name of another environment as an error of its own', () => {
  expect(nodeFailure('name_taken', 'acme').error).toBe(errors.nodeNameTaken);
});
