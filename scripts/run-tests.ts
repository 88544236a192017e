import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FileReport, PartReport } from './test-report.ts';

/**
 * Runs the checks and every test project, so that two processors are busy until the end. Prints the ten slowest files,
 * the omitted parts with reasons, and a summary line: `N passed, N failed, N skipped`.
 *
 * Arguments are names of parts; any other argument limits them to the test files whose path contains it.
 */
interface Part {
  readonly name: string;
  readonly needsMachines: boolean;
}

/** Parts of one lane run one after the other, and the lanes in parallel: one needs the processors, the other one waits for machines half of the time. */
const lanes: readonly (readonly Part[])[] = [
  [
    { name: 'check', needsMachines: false },
    { name: 'unit', needsMachines: false },
    { name: 'sim', needsMachines: false },
    { name: 'contract', needsMachines: false },
  ],
  [
    { name: 'e2e', needsMachines: true },
    { name: 'lab', needsMachines: true },
  ],
];

/** Started with the Node of this process, not with the one on the PATH. */
const vitest = 'node_modules/vitest/vitest.mjs';
const canBootMachines = process.platform === 'linux' && process.getuid?.() === 0;
const names = new Set(lanes.flat().map(({ name }) => name));
const only = process.argv.slice(2).filter((word) => names.has(word));
const filters = process.argv.slice(2).filter((word) => !names.has(word));

const scratch = mkdtempSync(join(tmpdir(), 'pressluft-test-'));
const memory = memoryDirectory();
const totals = { passed: 0, failed: 0, skipped: 0 };
const files: FileReport[] = [];
const leftOut: string[] = [];
const out = (line: string) => process.stdout.write(`${line}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });
}
await Promise.all(lanes.map(runLane));
cleanUp();
printSlowest(10);
printLeftOut();
out(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);

/**
 * Where tests without machines put their files: thousands of small repositories, for which a disk takes a fifth more CPU time. Machines
 * need a disk, since what they write to memory would count as theirs. Undefined where there is no space, or programs cannot be run.
 */
function memoryDirectory(): string | undefined {
  const parent = '/dev/shm';
  let dir: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(parent);
    if (bavail * bsize < 2 ** 31) return undefined;
    dir = mkdtempSync(join(parent, 'pressluft-test-'));
    const program = join(dir, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    if (spawnSync(program).status === 0) return dir;
  } catch {
    // Not Linux, or not ours to write to.
  }
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  return undefined;
}

function cleanUp(): void {
  for (const dir of [scratch, memory]) if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
}

async function check(): Promise<void> {
  out('check: formatter, linter, layers, words, types');
  const child = spawn('npm', ['run', '--silent', 'check'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status === 0) totals.passed += 1;
  else totals.failed += 1;
}

async function runLane(lane: readonly Part[]): Promise<void> {
  for (const part of lane) {
    if (only.length > 0 && !only.includes(part.name)) continue;
    if (part.name === 'check') {
      if (filters.length === 0) await check();
    } else if (!part.needsMachines || canBootMachines) await runPart(part);
    else {
      totals.skipped += 1;
      leftOut.push(`${part.name}: it boots real machines, which needs Linux and root`);
    }
  }
}

async function runPart({ name, needsMachines }: Part): Promise<void> {
  const started = performance.now();
  const report = join(scratch, `${name}.json`);
  const args = [
    'run',
    '--project',
    name === 'unit' ? 'unit*' : name,
    '--reporter=default',
    '--reporter=./scripts/test-report.ts',
  ];
  const child = spawn(process.execPath, [vitest, ...args, '--passWithNoTests', ...filters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PRESSLUFT_TEST_REPORT: report,
      ...(needsMachines || memory === undefined ? {} : { TMPDIR: memory }),
    },
  });
  // Two parts print at the same time; whole lines keep the output readable.
  printLines(child, process.stdout, 'stdout');
  printLines(child, process.stderr, 'stderr');
  const [status] = (await once(child, 'close')) as [number | null];
  add(report, name, status);
  out(`${name}: ${Math.round((performance.now() - started) / 1000)} s`);
}

function printLines(child: ChildProcess, target: NodeJS.WriteStream, stream: 'stdout' | 'stderr'): void {
  const input = child[stream];
  if (input === null) return;
  createInterface({ input }).on('line', (line) => target.write(`${line}\n`));
}

function add(report: string, name: string, status: number | null): void {
  try {
    const part = JSON.parse(readFileSync(report, 'utf8')) as PartReport;
    totals.passed += part.passed;
    totals.failed += part.failed;
    totals.skipped += part.skipped;
    files.push(...part.files);
    if (status !== 0 && part.failed === 0) totals.failed += 1;
  } catch {
    if (status === 0 && filters.length > 0) return;
    out(`${name}: no report was written (exit ${status})`);
    totals.failed += 1;
  }
}

function printSlowest(count: number): void {
  out('slowest files:');
  for (const { file, durationMs } of files.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, count)) {
    out(`  ${(durationMs / 1000).toFixed(1).padStart(6)} s  ${file}`);
  }
}

function printLeftOut(): void {
  for (const { file, skipped } of files) {
    if (skipped > 0) leftOut.push(`${skipped} ${skipped === 1 ? 'test' : 'tests'} of ${file}`);
  }
  if (process.env.PRESSLUFT_TEST_OPENAPI === undefined) {
    leftOut.push(
      "replies were not compared with the provider's OpenAPI document: PRESSLUFT_TEST_OPENAPI is not set",
    );
  }
  for (const line of leftOut) out(`left out: ${line}`);
}
