import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/** Result of one part of the test run. */
export interface PartReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly files: readonly FileReport[];
}

export interface FileReport {
  readonly file: string;
  /** Imports, hooks and tests, in milliseconds. */
  readonly durationMs: number;
  readonly skipped: number;
}

/**
 * Writes a `PartReport` to the file that `PRESSLUFT_TEST_REPORT` names. Vitest's own JSON leaves out the time of hooks, in which
 * end-to-end tests spend most of theirs.
 */
export default class TestReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const path = process.env.PRESSLUFT_TEST_REPORT;
    if (path === undefined) return;
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const files = modules.map((module): FileReport => {
      const own = { passed: 0, failed: 0, skipped: 0, pending: 0 };
      for (const test of module.children.allTests()) own[test.result().state] += 1;
      counts.passed += own.passed;
      counts.failed += own.failed;
      counts.skipped += own.skipped;
      // A failed file or hook has no failed test, and must still count as a failure.
      if (own.failed === 0 && !module.ok()) counts.failed += 1;
      const { collectDuration, duration } = module.diagnostic();
      return {
        file: relative(process.cwd(), module.moduleId),
        durationMs: Math.round(collectDuration + duration),
        skipped: own.skipped,
      };
    });
    counts.failed += unhandledErrors.length;
    writeFileSync(path, JSON.stringify({ ...counts, files } satisfies PartReport));
  }
}
