import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runProcess } from '../../../src/adapters/process/run-process.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

const env = { PATH: '/usr/bin:/bin' };

function sh(script: string, more: Partial<Parameters<typeof runProcess>[0]> = {}) {
  return runProcess({ file: '/bin/sh', args: ['-c', script], env, timeoutMs: 25_000, ...more });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('runProcess', () => {
  it('returns exit code and both outputs of a program that fails', async () => {
    const result = await sh('echo out; echo err >&2; exit 7');
    expect(result).toMatchObject({ exitCode: 7, signal: null, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes arguments unchanged, without a shell', async () => {
    const words = ['$(id)', 'a b', '`x`', "it's", '', '*'];
    const result = await runProcess({ file: 'printf', args: ['%s\\n', ...words], env, timeoutMs: 25_000 });
    expect(result.stdout).toBe(`${words.join('\n')}\n`);
  });

  it('inherits nothing from the environment', async () => {
    process.env.PRESSLUFT_TEST_LEAK = 'leaked';
    const result = await runProcess({
      file: 'env',
      args: [],
      env: { ...env, ONLY: 'this' },
      timeoutMs: 25_000,
    });
    delete process.env.PRESSLUFT_TEST_LEAK;
    expect(result.stdout.trim().split('\n').sort()).toEqual(['ONLY=this', 'PATH=/usr/bin:/bin']);
  });

  it('writes the input and survives a child that does not read it', async () => {
    expect((await sh('cat', { input: 'hello' })).stdout).toBe('hello');
    expect((await sh('exit 3', { input: 'x'.repeat(1_000_000) })).exitCode).toBe(3);
  });

  it('gives a child without input an end of file at once', async () => {
    expect((await sh('cat; echo done')).stdout).toBe('done\n');
  });

  it('keeps head and tail of an output over the cap', async () => {
    const result = await sh('echo first; head -c 300000 /dev/zero | tr "\\0" x; echo last', {
      maxOutputBytes: 1000,
    });
    expect(result.truncated).toBe(true);
    expect(result.stdout).toMatch(/^first\nx+\n… 299011 bytes left out …\nx+last\n$/);
  });

  it('ends the whole process group after the timeout', async () => {
    const result = await sh('sleep 60 & echo $!; wait', { timeoutMs: 150 });
    expect(result).toMatchObject({ timedOut: true, exitCode: -1, signal: 'SIGTERM' });
    expect(isAlive(Number(result.stdout))).toBe(false);
  });

  it('kills a process that ignores SIGTERM', async () => {
    const result = await sh('trap "" TERM; sleep 60 & echo $!; while :; do wait; done', {
      timeoutMs: 150,
      killAfterMs: 100,
    });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
    expect(isAlive(Number(result.stdout))).toBe(false);
  });

  it('reports an abort as canceled, also before the start', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    expect(await sh('sleep 60', { signal: controller.signal })).toMatchObject({
      canceled: true,
      timedOut: false,
    });
    expect(await sh('exit 0', { signal: controller.signal })).toMatchObject({
      canceled: true,
      durationMs: 0,
    });
  });

  it('does not wait for a daemon that holds the output open', async () => {
    const result = await sh('setsid sleep 600 & echo $!');
    // Fails if that process has ended.
    process.kill(Number(result.stdout), 'SIGKILL');
  });

  it('kills processes that a finished program left in its group', async () => {
    const result = await sh('sleep 60 >/dev/null 2>&1 & echo $!');
    expect(result.exitCode).toBe(0);
    await expect.poll(() => isAlive(Number(result.stdout))).toBe(false);
  });

  it('emits lines as they arrive, including a last one without a newline', async () => {
    const lines: string[] = [];
    await sh('printf "one\\ntwo\\r\\nthr"; sleep 0.05; printf "ee"', {
      onStdoutLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('reads additional file descriptors', async () => {
    const chunks: Uint8Array[] = [];
    await sh('echo event >&3', { extraFds: [(chunk) => chunks.push(chunk)] });
    expect(Buffer.concat(chunks).toString()).toBe('event\n');
  });

  it('ends the child and throws when a callback throws', async () => {
    const run = sh('echo boom; sleep 60', {
      onStdoutLine: () => {
        throw new Error('from the callback');
      },
    });
    await expect(run).rejects.toThrow('from the callback');
  });

  it('throws PL3001 for a program that does not exist', async () => {
    const run = runProcess({ file: 'pressluft-no-such-program', args: [], env, timeoutMs: 1000 });
    await expect(run).rejects.toMatchObject({ code: errors.programMissing });
  });

  it('leaves no child behind when its own process exits', async () => {
    const module = fileURLToPath(new URL('../../../src/adapters/process/run-process.ts', import.meta.url));
    const program = `
      import { runProcess } from ${JSON.stringify(module)};
      runProcess({ file: '/bin/sh', args: ['-c', 'sleep 60 & echo $!; wait'], env: { PATH: '/usr/bin:/bin' },
        timeoutMs: 60000, onStdoutLine: (pid) => { process.stdout.write(pid); process.exit(0); } });`;
    const pid = Number(
      execFileSync(process.execPath, ['--input-type=module-typescript', '-e', program], { encoding: 'utf8' }),
    );
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('keeps many concurrent children apart', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => sh(`echo ${index}`)));
    expect(results.map((result) => result.stdout.trim())).toEqual(results.map((_, index) => String(index)));
  });
});

it('the helper of this test distinguishes a live process from a dead one', () => {
  const child = spawn('/bin/sleep', ['60']);
  expect(isAlive(child.pid ?? 0)).toBe(true);
  child.kill('SIGKILL');
});
