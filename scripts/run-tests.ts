import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs the checks and every test project one after the other, and ends with one line of its own: `N passed, N failed, N skipped`. A part
 * that this machine cannot run is skipped with a line that says why.
 */
interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

interface Part {
  readonly name: string;
  readonly why: string | null;
}

const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0;
const needsMachines = isLinuxRoot ? null : 'it boots real machines, which needs Linux and root';
const only = process.argv.slice(2);
const parts: readonly Part[] = [
  { name: 'unit', why: null },
  { name: 'sim', why: null },
  { name: 'contract', why: null },
  { name: 'lab', why: needsMachines },
  { name: 'e2e', why: needsMachines },
].filter((part) => only.length === 0 || only.includes(part.name));

const scratch = mkdtempSync(join(tmpdir(), 'pressluft-test-'));
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const out = (line: string) => process.stdout.write(`${line}\n`);

if (only.length === 0) check();
for (const part of parts) runPart(part);
rmSync(scratch, { recursive: true, force: true });
out(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);

function check(): void {
  out('check: formatter, linter, layers, types');
  const result = spawnSync('npm', ['run', '--silent', 'check'], { stdio: 'inherit' });
  if (result.status === 0) totals.passed += 1;
  else totals.failed += 1;
}

function runPart({ name, why }: Part): void {
  if (why !== null) {
    out(`${name}: skipped, because ${why}`);
    totals.skipped += 1;
    return;
  }
  const started = Date.now();
  const report = join(scratch, `${name}.json`);
  const args = [
    'run',
    '--project',
    name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const result = spawnSync('node_modules/.bin/vitest', args, { stdio: 'inherit' });
  add(report, name, result.status);
  out(`${name}: ${Math.round((Date.now() - started) / 1000)} s`);
}

function add(report: string, name: string, status: number | null): void {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as Record<string, unknown>;
    const count = (key: string) => (typeof json[key] === 'number' ? json[key] : 0);
    totals.passed += count('numPassedTests');
    totals.failed += count('numFailedTests');
    totals.skipped += count('numPendingTests') + count('numTodoTests');
    // A file that could not be loaded has no failed test of its own, and must not pass for that.
    if (status !== 0 && count('numFailedTests') === 0) totals.failed += 1;
  } catch {
    out(`${name}: no report was written (exit ${status})`);
    totals.failed += 1;
  }
}
