import { PassThrough, Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineAddress, MachineShell } from '../../../src/ports/machine.ts';

/** What the suite needs of a world with one machine in it. */
export interface MachineWorld {
  readonly shell: MachineShell;
  /** A machine that accepts the key of `shell`, or does as soon as `powerOn` was called. */
  readonly address: MachineAddress;
  /** The same host with a host key that it does not have. */
  readonly wrongHostKey: MachineAddress;
  /** Cuts connections at once, keeps the machine's identity. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  close(): Promise<void>;
}

/** The contract of {@link MachineShell}, for a real or a simulated machine. */
export function describeMachineShell(name: string, createWorld: () => Promise<MachineWorld>): void {
  describe(`machine shell: ${name}`, () => {
    let world: MachineWorld;
    const timeoutMs = 20_000;

    beforeAll(async () => {
      world = await createWorld();
      await world.shell.waitUntilReachable(world.address, { timeoutMs: 60_000 });
    });
    afterAll(async () => {
      await world?.close();
    });

    it('returns exit code and both outputs', async () => {
      const result = await world.shell.run(world.address, ['sh', '-c', 'echo out; echo err >&2; exit 7'], {
        timeoutMs,
      });
      expect(result).toMatchObject({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
    });

    it('returns exit code 255 of a command as a result', async () => {
      const result = await world.shell.run(world.address, ['sh', '-c', 'echo no >&2; exit 255'], {
        timeoutMs,
      });
      expect(result).toMatchObject({ exitCode: 255, stderr: 'no\n' });
    });

    it('brings every word to the command unchanged', async () => {
      const words = [
        '$(id)',
        'a b',
        '`x`',
        "it's",
        '',
        '*',
        '-n',
        'line\nbreak',
        '"',
        '\\',
        '~',
        'ä€😀',
        ';',
        '!!',
      ];
      const result = await world.shell.run(world.address, ['printf', '%s\\0', ...words], { timeoutMs });
      expect(result.stdout.split('\0').slice(0, -1)).toEqual(words);
    });

    it('hands over the input', async () => {
      const input = 'x'.repeat(300_000);
      const result = await world.shell.run(world.address, ['wc', '-c'], { input, timeoutMs });
      expect(result.stdout.trim()).toBe('300000');
    });

    it('runs many commands at the same time', async () => {
      const numbers = Array.from({ length: 15 }, (_, index) => String(index));
      const results = await Promise.all(
        numbers.map((number) => world.shell.run(world.address, ['echo', number], { timeoutMs })),
      );
      expect(results.map((result) => result.stdout.trim())).toEqual(numbers);
    });

    it('throws PL4025 for an output over the limit', async () => {
      const run = world.shell.run(world.address, ['head', '-c', '200000', '/dev/zero'], {
        timeoutMs,
        maxOutputBytes: 1000,
      });
      await expect(run).rejects.toMatchObject({ code: 'PL4025' });
    });

    it('throws PL3014 when the time is over', async () => {
      const run = world.shell.run(world.address, ['sleep', '60'], { timeoutMs: 700 });
      await expect(run).rejects.toMatchObject({ code: 'PL3014' });
    });

    it('throws PL3015 when it is cancelled', async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('new commit')), 200);
      const run = world.shell.run(world.address, ['sleep', '60'], { timeoutMs, signal: controller.signal });
      await expect(run).rejects.toMatchObject({ code: 'PL3015' });
    });

    it('passes streams on and returns the exit code', async () => {
      const { shell, address } = world;
      const [stdout, stderr] = [textSink(), textSink()];
      const stdin = Readable.from(Array.from({ length: 300 }, () => Buffer.alloc(1000, 'x')));
      const argv = ['sh', '-c', 'wc -c; echo err >&2; printf press; exit 7'];
      const code = await shell.stream(address, argv, { stdin, stdout, stderr, timeoutMs });
      expect(code).toBe(7);
      expect(stdout.text()).toMatch(/^\s*300000\npress$/);
      expect(stderr.text()).toBe('err\n');
    });

    it('returns exit code 255 of a streamed command as a result', async () => {
      const [stdin, stdout, stderr] = [Readable.from([]), textSink(), textSink()];
      const argv = ['sh', '-c', 'echo out; exit 255'];
      const code = await world.shell.stream(world.address, argv, { stdin, stdout, stderr, timeoutMs });
      expect([code, stdout.text()]).toEqual([255, 'out\n']);
    });

    it('does not read faster than its output is taken, and loses nothing of it', async () => {
      let bytes = 0;
      let written = 0;
      const slow = new Writable({
        highWaterMark: 16_384,
        write: (chunk: Buffer, _, done) => {
          bytes += chunk.length;
          setTimeout(done, 1);
        },
      });
      const stdin = new Readable({
        read() {
          if (written >= 16_000_000) this.push(null);
          else this.push(Buffer.alloc(65_536));
          written += 65_536;
          mostAhead = Math.max(mostAhead, written - bytes);
        },
      });
      let mostAhead = 0;
      const options = { stdin, stdout: slow, stderr: textSink(), timeoutMs };
      expect(await world.shell.stream(world.address, ['cat'], options)).toBe(0);
      expect(bytes).toBe(Math.ceil(16_000_000 / 65_536) * 65_536);
      // What lies in pipes, sockets and the window of the channel, which is 2 MiB each way.
      expect(mostAhead).toBeLessThan(10_000_000);
    });

    it('ends a streamed command whose output nobody takes any more', async () => {
      const stdout = new PassThrough();
      stdout.once('data', () => stdout.destroy(new Error('closed')));
      const options = { stdin: Readable.from([]), stdout, stderr: textSink(), timeoutMs };
      expect(await world.shell.stream(world.address, ['yes'], options)).toBe(141);
    });

    it('throws PL3014 and PL3015 for a streamed command as for another', async () => {
      const streams = { stdin: new PassThrough(), stdout: textSink(), stderr: textSink() };
      const { shell, address } = world;
      const late = shell.stream(address, ['sleep', '60'], { ...streams, timeoutMs: 700 });
      await expect(late).rejects.toMatchObject({ code: 'PL3014' });
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('stopped')), 200);
      const options = { ...streams, timeoutMs, signal: controller.signal };
      await expect(shell.stream(address, ['sleep', '60'], options)).rejects.toMatchObject({ code: 'PL3015' });
    });

    it('throws PL4021 at once for another host key than the pinned one', async () => {
      await expect(world.shell.run(world.wrongHostKey, ['true'], { timeoutMs })).rejects.toMatchObject({
        code: 'PL4021',
      });
      const startedAt = performance.now();
      const waiting = world.shell.waitUntilReachable(world.wrongHostKey, { timeoutMs: 30_000 });
      await expect(waiting).rejects.toMatchObject({ code: 'PL4021' });
      expect(performance.now() - startedAt).toBeLessThan(5000);
    });

    it('never connects to a machine without a pinned host key', async () => {
      const run = world.shell.run({ ...world.address, hostKeys: [] }, ['true'], { timeoutMs });
      await expect(run).rejects.toMatchObject({ code: 'PL4021' });
    });

    it('throws PL4020 when the machine goes away in the middle of a command', async () => {
      const run = world.shell.run(world.address, ['sleep', '60'], { timeoutMs: 60_000 });
      const outcome = expect(run).rejects.toMatchObject({ code: 'PL4020' });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await world.powerOff();
      await outcome;
      await expect(world.shell.run(world.address, ['true'], { timeoutMs })).rejects.toMatchObject({
        code: 'PL4020',
      });
      await world.powerOn();
      await world.shell.waitUntilReachable(world.address, { timeoutMs: 60_000 });
    });

    it('answers on a fresh connection after a reboot between two commands', async () => {
      await world.shell.run(world.address, ['true'], { timeoutMs });
      await world.powerOff();
      await world.powerOn();
      await world.shell.waitUntilReachable(world.address, { timeoutMs: 60_000 });
      expect((await world.shell.run(world.address, ['echo', 'back'], { timeoutMs })).stdout).toBe('back\n');
    });

    it('waits for a machine that comes up later', async () => {
      await world.powerOff();
      const waiting = world.shell.waitUntilReachable(world.address, { timeoutMs: 60_000 });
      await new Promise((resolve) => setTimeout(resolve, 600));
      await world.powerOn();
      await waiting;
    });

    it('throws PL4020 when a machine does not come up in time', async () => {
      await world.powerOff();
      const waiting = world.shell.waitUntilReachable(world.address, { timeoutMs: 800 });
      await expect(waiting).rejects.toMatchObject({ code: 'PL4020' });
      await world.powerOn();
      await world.shell.waitUntilReachable(world.address, { timeoutMs: 60_000 });
    });

    it('refuses hosts and users that an SSH client could take for something else', async () => {
      for (const part of [
        { host: '-oProxyCommand=id' },
        { host: 'a b' },
        { user: '-l' },
        { user: 'a;b' },
        { port: 0 },
      ]) {
        const run = world.shell.run({ ...world.address, ...part }, ['true'], { timeoutMs });
        await expect(run).rejects.toMatchObject({ code: 'PL2002' });
      }
    });

    it('makes host keys that differ each time', async () => {
      const [one, two] = await Promise.all([world.shell.generateHostKey(), world.shell.generateHostKey()]);
      expect(one.publicKey).toMatch(/^ssh-ed25519 AAAA/);
      expect(one.privateKey).toContain('BEGIN OPENSSH PRIVATE KEY');
      expect(one.publicKey).not.toBe(two.publicKey);
    });
  });
}

function textSink(): Writable & { text(): string } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(sink, { text: () => Buffer.concat(chunks).toString('utf8') });
}
