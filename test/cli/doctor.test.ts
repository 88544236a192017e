import { Writable } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { registerDoctor } from '../../src/cli/doctor.ts';
import { cliFiles } from '../../src/main/files.ts';
import type { DoctorProbes } from '../../src/ports/doctor-probes.ts';
import { healthyProbes } from '../doctor/healthy-probes.ts';

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly installed: boolean;
}

async function runCli(
  args: readonly string[],
  options: { probes?: DoctorProbes; isTTY?: boolean; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  let exitCode = 0;
  let installed = false;
  const context: CliContext = {
    cwd: '/',
    files: cliFiles,
    version: '0.0.0',
    openSession: notAsked,
    openReadOnlySession: notAsked,
    loadDirectory: notAsked,
    writeExample: notAsked,
    env: options.env ?? {},
    stdin: process.stdin,
    stdout: collector(out, options.isTTY ?? false),
    stderr: collector(err, false),
    signal: new AbortController().signal,
    setExitCode: (code) => {
      exitCode = code;
    },
    openDoctor: async () => ({
      probes: options.probes ?? healthyProbes(),
      installAnsible: async (onProgress) => {
        onProgress('installing ansible-core');
        installed = true;
      },
    }),
  };
  const program = new Command()
    .option('--color')
    .option('--no-color')
    .exitOverride()
    .configureOutput({ writeErr: (text) => err.push(text) });
  registerDoctor(program.command('doctor'), context);
  await program.parseAsync(['node', 'pressluft', 'doctor', ...args]);
  return { stdout: out.join(''), stderr: err.join(''), exitCode, installed };
}

/** The doctor has no business with the rest of the context. */
function notAsked(): never {
  throw new Error('the doctor asked for something else');
}

function collector(chunks: string[], isTTY: boolean): NodeJS.WriteStream {
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream;
}

const failing = () => healthyProbes({ nodeVersion: () => '20.0.0' });

describe('pressluft doctor', () => {
  it('ends with 0 when nothing failed, also with warnings and skipped checks', async () => {
    const { exitCode, stdout } = await runCli([], { probes: healthyProbes({ repository: null }) });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^✓ ok {4}node +Node\.js 24/);
  });

  it('ends with 3 when a check fails', async () => {
    expect((await runCli([], { probes: failing() })).exitCode).toBe(3);
    expect((await runCli(['--format', 'json'], { probes: failing() })).exitCode).toBe(3);
  });

  it('prints JSON and nothing else with --format json', async () => {
    const { stdout, stderr } = await runCli(['--format', 'json'], { isTTY: true });
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      counts: { fail: 0 },
      checks: expect.arrayContaining([{ id: 'git', status: 'ok', message: 'git 2.39.5', durationMs: 0 }]),
    });
    expect(stderr).toBe('');
  });

  it('uses colours on a terminal only, and not against NO_COLOR', async () => {
    const colourCode = '\u001b[';
    expect((await runCli([], { isTTY: true })).stdout).toContain(colourCode);
    expect((await runCli([], { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(colourCode);
    expect((await runCli([])).stdout).not.toContain(colourCode);
  });

  it('installs Ansible first when asked to, and only then', async () => {
    expect((await runCli([])).installed).toBe(false);
    const fixed = await runCli(['--fix']);
    expect(fixed).toMatchObject({ installed: true, stderr: 'doctor: installing ansible-core\n' });
  });

  it('refuses a format that it does not know', async () => {
    await expect(runCli(['--format', 'xml'])).rejects.toThrow(/xml/);
  });
});
