import { PassThrough, Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { bareKey } from '../../../src/fleet/naming.ts';
import type { CommandOptions, MachineAddress, MachineShell } from '../../../src/ports/machine.ts';

/** A world with one machine, as the suites need it. */
export interface MachineWorld {
  readonly shell: MachineShell;
  /** A shell with a key that the machine does not accept. */
  readonly untrusted: MachineShell;
  /** A machine that accepts the key of `shell`, at the latest after `powerOn` was called. */
  readonly address: MachineAddress;
  /** The same host with a host key that it does not have. */
  readonly wrongHostKey: MachineAddress;
  /** Cuts connections at once, keeps the machine's identity. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** Lets time pass until the work has ended. */
  settle<T>(work: Promise<T>): Promise<T>;
  pause(ms: number): Promise<void>;
  nowMs(): number;
  close(): Promise<void>;
}

/** A world in real time. */
export const realTime: Pick<MachineWorld, 'settle' | 'pause' | 'nowMs'> = {
  settle: (work) => work,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  nowMs: () => performance.now(),
};

/** The contract of {@link MachineShell}, for a real or a simulated machine. */
export function describeMachineShell(name: string, createWorld: () => Promise<MachineWorld>): void {
  describe(`machine shell: ${name}`, () => {
    let world: MachineWorld;
    const timeoutMs = 20_000;

    beforeAll(async () => {
      world = await createWorld();
      await reached(60_000);
    });
    afterAll(async () => {
      await world?.close();
    });

    function run(argv: readonly string[], more: Partial<CommandOptions & MachineAddress> = {}) {
      const { host, port, user, hostKeys, ...options } = { ...world.address, timeoutMs, ...more };
      return world.shell.run({ host, port, user, hostKeys }, argv, options);
    }
    const ran = (...request: Parameters<typeof run>) => world.settle(run(...request));
    const wait = (address: MachineAddress, timeoutMs: number, signal?: AbortSignal) =>
      world.shell.waitUntilReachable(address, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
    const reached = (timeoutMs: number) => world.settle(wait(world.address, timeoutMs));

    it('returns output and exit code', async () => {
      expect(await ran(['echo', 'a', 'b'])).toMatchObject({ exitCode: 0, stdout: 'a b\n', stderr: '' });
      expect(await ran(['false'])).toMatchObject({ exitCode: 1, stdout: '' });
    });

    it('returns 127 for a program that is not there', async () => {
      const { exitCode, stderr } = await ran(['no-such-program']);
      expect(exitCode).toBe(127);
      expect(stderr).toContain('not found');
    });

    it('passes the input on', async () => {
      const { stdout } = await ran(['wc', '-c'], { input: 'x'.repeat(300_000) });
      expect(stdout.trim()).toBe('300000');
    });

    it('runs many commands at the same time', async () => {
      const numbers = Array.from({ length: 15 }, (_, index) => String(index));
      const results = await world.settle(Promise.all(numbers.map((number) => run(['echo', number]))));
      expect(results.map((result) => result.stdout.trim())).toEqual(numbers);
    });

    it('throws PL4025 for an output over the limit', async () => {
      const work = ran(['cat'], { input: 'x'.repeat(200_000), maxOutputBytes: 1000 });
      await expect(work).rejects.toMatchObject({ code: errors.nodeReplyInvalid });
    });

    it('throws PL3014 on a timeout', async () => {
      await expect(ran(['sleep', '60'], { timeoutMs: 700 })).rejects.toMatchObject({
        code: errors.processTimedOut,
      });
    });

    it('throws PL3015 when it is cancelled, also before its start', async () => {
      const controller = new AbortController();
      const work = quiet(run(['sleep', '60'], { signal: controller.signal }));
      await world.pause(200);
      controller.abort(new Error('new commit'));
      await expect(world.settle(work)).rejects.toMatchObject({ code: errors.cancelled });
      await expect(ran(['true'], { signal: controller.signal })).rejects.toMatchObject({
        code: errors.cancelled,
      });
    });

    it('throws PL4021 at once for another host key than the pinned one', async () => {
      await expect(ran(['true'], world.wrongHostKey)).rejects.toMatchObject({
        code: errors.nodeHostKeyMismatch,
      });
      const startedAt = world.nowMs();
      const waiting = world.settle(wait(world.wrongHostKey, 3_600_000));
      await expect(waiting).rejects.toMatchObject({ code: errors.nodeHostKeyMismatch });
      expect(world.nowMs() - startedAt).toBeLessThan(600_000);
    });

    it('never connects to a machine without a pinned host key', async () => {
      await expect(ran(['true'], { hostKeys: [] })).rejects.toMatchObject({
        code: errors.nodeHostKeyMismatch,
      });
    });

    it('throws PL4022 when the machine does not accept the key', async () => {
      const work = world.untrusted.run(world.address, ['true'], { timeoutMs });
      await expect(world.settle(work)).rejects.toMatchObject({ code: errors.nodeRefusedKey });
    });

    it('throws PL4020 when the machine stops during a command', async () => {
      const work = quiet(run(['sleep', '60'], { timeoutMs: 60_000 }));
      await world.pause(500);
      await world.powerOff();
      await expect(world.settle(work)).rejects.toMatchObject({ code: errors.nodeUnreachable });
      await expect(ran(['true'])).rejects.toMatchObject({ code: errors.nodeUnreachable });
      await world.powerOn();
      await reached(60_000);
    });

    it('answers on a fresh connection after a reboot between two commands', async () => {
      await ran(['true']);
      await world.powerOff();
      await world.powerOn();
      await reached(60_000);
      expect((await ran(['echo', 'back'])).stdout).toBe('back\n');
    });

    it('waits for a machine that comes up later', async () => {
      await world.powerOff();
      const waiting = wait(world.address, 60_000);
      await world.pause(600);
      await world.powerOn();
      await world.settle(waiting);
    });

    it('throws PL4020 when a machine does not start in time, and PL3015 when the wait is cancelled', async () => {
      await world.powerOff();
      await expect(reached(800)).rejects.toMatchObject({ code: errors.nodeUnreachable });
      const controller = new AbortController();
      const waiting = quiet(wait(world.address, 60_000, controller.signal));
      await world.pause(600);
      controller.abort(new Error('new commit'));
      await expect(world.settle(waiting)).rejects.toMatchObject({ code: errors.cancelled });
      await world.powerOn();
      await reached(60_000);
    });

    it('refuses hosts and users that an SSH client could interpret as options', async () => {
      for (const part of [
        { host: '-oProxyCommand=id' },
        { host: 'a b' },
        { user: '-l' },
        { user: 'a;b' },
        { port: 0 },
      ]) {
        await expect(ran(['true'], part)).rejects.toMatchObject({ code: errors.settingInvalid });
      }
    });

    it('makes host keys that differ each time, and that can be pinned', async () => {
      const { shell, settle } = world;
      const [one, two] = await settle(Promise.all([shell.generateHostKey(), shell.generateHostKey()]));
      expect(bareKey(one.publicKey)).toMatch(/^ssh-ed25519 AAAA[A-Za-z0-9+/=]{36,396}$/);
      expect(one.privateKey).toContain('BEGIN OPENSSH PRIVATE KEY');
      expect(one.publicKey).not.toBe(two.publicKey);
      expect(one.privateKey).not.toBe(two.privateKey);
      await expect(ran(['true'], { hostKeys: [one.publicKey] })).rejects.toMatchObject({
        code: errors.nodeHostKeyMismatch,
      });
    });

    it('logs in with one key pair that stays the same', async () => {
      const [one, two] = [
        await world.settle(world.shell.identity()),
        await world.settle(world.shell.identity()),
      ];
      expect(one).toEqual(two);
      expect(bareKey(one.publicKey)).toMatch(/^ssh-ed25519 AAAA/);
    });
  });
}

/** A command that may end before its result is awaited. */
function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** Properties that only a real machine can show: quoting for a shell, and streams of any length. */
export function describeRemoteCommands(name: string, createWorld: () => Promise<MachineWorld>): void {
  describe(`remote commands: ${name}`, () => {
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

    it('passes every word to the command unchanged', async () => {
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

    it('does not read faster than its output is consumed, and loses no data', async () => {
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
      // Data in pipes, sockets and the window of the channel, which is 2 MiB each way.
      expect(mostAhead).toBeLessThan(10_000_000);
    });

    it('ends a streamed command whose output is no longer read', async () => {
      const stdout = new PassThrough();
      stdout.once('data', () => stdout.destroy(new Error('closed')));
      const options = { stdin: Readable.from([]), stdout, stderr: textSink(), timeoutMs };
      expect(await world.shell.stream(world.address, ['yes'], options)).toBe(141);
    });

    it('throws PL3014 and PL3015 for a streamed command as for another', async () => {
      const streams = { stdin: new PassThrough(), stdout: textSink(), stderr: textSink() };
      const { shell, address } = world;
      const late = shell.stream(address, ['sleep', '60'], { ...streams, timeoutMs: 700 });
      await expect(late).rejects.toMatchObject({ code: errors.processTimedOut });
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('stopped')), 200);
      const options = { ...streams, timeoutMs, signal: controller.signal };
      await expect(shell.stream(address, ['sleep', '60'], options)).rejects.toMatchObject({
        code: errors.cancelled,
      });
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
