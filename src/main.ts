import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliContext } from './cli/context.ts';
import { runProgram } from './cli/program.ts';
import { cliFiles } from './main/files.ts';
import { installationRoot } from './main/paths.ts';
import { readSettings } from './main/settings.ts';

/** Composition root: gives the verbs of the CLI their effects. Adapters are loaded when a verb needs them, so that `--help` is fast. */
const stop = new AbortController();
/** A terminal signals the whole process group and a supervisor may signal again; only a later signal means "exit immediately". */
const repeatedSignalMs = 1000;
let stoppedAt = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first signal shuts down in order, the second exits immediately.
    if (stop.signal.aborted && performance.now() - stoppedAt < repeatedSignalMs) return;
    if (stop.signal.aborted) process.exit(128 + (name === 'SIGINT' ? 2 : 15));
    stoppedAt = performance.now();
    stop.abort(new Error(`stopped by ${name}`));
  });
}

const context: CliContext = {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  version: readVersion(),
  files: cliFiles,
  openSession: async (flags, options) => {
    const { openSession } = await import('./main/session.ts');
    return openSession(
      readSettings(flags, process.env, process.cwd(), options.defaultLogLevel),
      process.env,
      options,
    );
  },
  openReadOnlySession: async (flags) =>
    (await import('./main/read-only-session.ts')).openReadOnlySession(flags, process.env, process.cwd()),
  openDoctor: async (flags) =>
    (await import('./main/doctor.ts')).openDoctor(flags, process.env, process.cwd()),
  loadDirectory: async (path) => {
    const { loadDirectory } = await import('./main/manifest-directory.ts');
    return loadDirectory(path, process.env.PRESSLUFT_ARTIFACT_MIRROR);
  },
  writeExample: async (path) => (await import('./main/write-example.ts')).writeExample(path),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

await runProgram(context, process.argv);

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(installationRoot, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return String(version);
}
