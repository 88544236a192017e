import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMachineShell } from '../../../src/adapters/ssh/machine-shell.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { MachineShell } from '../../../src/ports/machine.ts';
import { testClock } from '../../adapters/test-clock.ts';
import { hasSshd, pause, startLocalSshd } from './local-sshd.ts';
import {
  describeMachineShell,
  describeRemoteCommands,
  type MachineWorld,
  realTime,
} from './machine-contract.ts';

const stateDirs: string[] = [];
function stateDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'pl-state-'));
  stateDirs.push(path);
  return path;
}

afterAll(() => {
  for (const path of stateDirs) rmSync(path, { recursive: true, force: true });
});

if (hasSshd) {
  describeMachineShell('OpenSSH on the loopback interface', createWorld);
  describeRemoteCommands('OpenSSH on the loopback interface', createWorld);
}

async function createWorld(): Promise<MachineWorld> {
  const sshd = await startLocalSshd();
  const [shell, untrusted] = [1, 2].map(() =>
    createMachineShell({ stateDir: stateDir(), clock: testClock }),
  ) as [MachineShell, MachineShell];
  sshd.authorize((await shell.identity()).publicKey);
  const other = await shell.generateHostKey();
  return {
    ...realTime,
    shell,
    untrusted,
    address: sshd.address,
    wrongHostKey: { ...sshd.address, hostKeys: [other.publicKey] },
    powerOff: sshd.kill,
    powerOn: sshd.start,
    async close() {
      await shell.close();
      await untrusted.close();
      await sshd.close();
    },
  };
}

describe.skipIf(!hasSshd)('OpenSSH adapter', () => {
  it('keeps one connection for many commands and ends it on close', async () => {
    const sshd = await startLocalSshd();
    const shell = createMachineShell({ stateDir: stateDir(), clock: testClock });
    sshd.authorize((await shell.identity()).publicKey);
    const peers = new Set<string>();
    for (let count = 0; count < 3; count += 1) {
      const result = await shell.run(sshd.address, ['sh', '-c', 'echo $SSH_CONNECTION'], {
        timeoutMs: 10_000,
      });
      peers.add(result.stdout);
    }
    expect(peers.size).toBe(1);
    const controlPath = optionOf(await shell.clientOptions(sshd.address), 'ControlPath');
    expect(controlPath.length + 17).toBeLessThan(104);
    const master = execFileSync('pgrep', ['-f', controlPath], { encoding: 'utf8' }).trim();
    await shell.close();
    await expect.poll(() => isAlive(Number(master))).toBe(false);
    expect(existsSync(controlPath)).toBe(false);
    await sshd.close();
  });

  it('replaces a kept connection that hangs, without waiting for its end', async () => {
    const sshd = await startLocalSshd();
    const shell = createMachineShell({ stateDir: stateDir(), clock: testClock });
    sshd.authorize((await shell.identity()).publicKey);
    await shell.run(sshd.address, ['true'], { timeoutMs: 10_000 });
    const controlPath = optionOf(await shell.clientOptions(sshd.address), 'ControlPath');
    const master = Number(execFileSync('pgrep', ['-f', controlPath], { encoding: 'utf8' }).trim());
    process.kill(master, 'SIGSTOP');
    try {
      const result = await shell.run(sshd.address, ['echo', 'fresh'], { timeoutMs: 30_000 });
      expect(result.stdout).toBe('fresh\n');
    } finally {
      process.kill(master, 'SIGKILL');
      await shell.close();
      await sshd.close();
    }
  });

  it('uses a fresh connection when the kept one was killed', async () => {
    const sshd = await startLocalSshd();
    const shell = createMachineShell({ stateDir: stateDir(), clock: testClock });
    sshd.authorize((await shell.identity()).publicKey);
    await shell.run(sshd.address, ['true'], { timeoutMs: 10_000 });
    const controlPath = optionOf(await shell.clientOptions(sshd.address), 'ControlPath');
    process.kill(Number(execFileSync('pgrep', ['-f', controlPath], { encoding: 'utf8' })), 'SIGKILL');
    expect((await shell.run(sshd.address, ['echo', 'fresh'], { timeoutMs: 10_000 })).stdout).toBe('fresh\n');
    await shell.close();
    await sshd.close();
  });

  it('waits for a key that is installed late, and throws PL4022 when it never is', async () => {
    const sshd = await startLocalSshd();
    const shell = createMachineShell({ stateDir: stateDir(), clock: testClock, authGraceMs: 3000 });
    const { publicKey } = await shell.identity();
    const waiting = shell.waitUntilReachable(sshd.address, { timeoutMs: 30_000 });
    await pause(700);
    sshd.authorize(publicKey);
    await waiting;

    const untrusted = createMachineShell({ stateDir: stateDir(), clock: testClock, authGraceMs: 500 });
    await expect(untrusted.waitUntilReachable(sshd.address, { timeoutMs: 30_000 })).rejects.toMatchObject({
      code: errors.nodeRefusedKey,
    });
    await untrusted.close();
    await shell.close();
    await sshd.close();
  });

  it('removes only the leftovers of a killed process', async () => {
    const [dead, alive, other] = [
      'pl-999999999-1-abcdef',
      `pl-${process.ppid}--abcdef`,
      'pl-999999999-1-abc',
    ].map((name) => join('/tmp', name)) as [string, string, string];
    for (const path of [dead, alive, other]) mkdirSync(path, { recursive: true });
    const shell = createMachineShell({ stateDir: stateDir(), clock: testClock });
    await shell.identity();
    expect([dead, alive, other].map((path) => existsSync(path))).toEqual([false, true, true]);
    for (const path of [alive, other]) rmSync(path, { recursive: true });
    await shell.close();
  });

  it('attaches the terminal of its process to an interactive command', async () => {
    const sshd = await startLocalSshd();
    const directory = stateDir();
    const shell = createMachineShell({ stateDir: directory, clock: testClock });
    sshd.authorize((await shell.identity()).publicKey);
    const script = join(directory, 'interactive.ts');
    const module = new URL('../../../src/adapters/ssh/machine-shell.ts', import.meta.url).href;
    writeFileSync(
      script,
      `import { createMachineShell } from ${JSON.stringify(module)};
       const clock = { now: Date.now, monotonic: () => performance.now(), sleep: async () => {} };
       const shell = createMachineShell({ stateDir: ${JSON.stringify(directory)}, clock });
       const argv = ['sh', '-c', 'tty; read line; echo "got $line"; exit 3'];
       const code = await shell.interactive(${JSON.stringify(sshd.address)}, argv);
       await shell.close();
       process.exit(code);`,
    );
    const piped = spawnSync(process.execPath, [script], { input: 'hello\n', encoding: 'utf8' });
    expect(piped).toMatchObject({ status: 3, stdout: 'not a tty\ngot hello\n' });
    const command = `${process.execPath} ${script}`;
    const onTerminal = spawnSync('script', ['-qec', command, '/dev/null'], {
      input: 'hello\n',
      encoding: 'utf8',
    });
    expect(onTerminal.status).toBe(3);
    expect(onTerminal.stdout).toMatch(/\/dev\/pts\/\d+/);
    expect(onTerminal.stdout).toContain('got hello');
    await shell.close();
    await sshd.close();
  });

  it('streams its own standard input to a command, also when the kept connection has to be replaced', async () => {
    const sshd = await startLocalSshd();
    const directory = stateDir();
    const shell = createMachineShell({ stateDir: directory, clock: testClock });
    sshd.authorize((await shell.identity()).publicKey);
    const script = join(directory, 'stream.ts');
    const module = new URL('../../../src/adapters/ssh/machine-shell.ts', import.meta.url).href;
    writeFileSync(
      script,
      `import { execFileSync } from 'node:child_process';
       import { createMachineShell } from ${JSON.stringify(module)};
       const clock = { now: Date.now, monotonic: () => performance.now(), sleep: async () => {} };
       const shell = createMachineShell({ stateDir: ${JSON.stringify(directory)}, clock });
       const address = ${JSON.stringify(sshd.address)};
       if (process.argv[2] === 'dead') {
         await shell.run(address, ['true'], { timeoutMs: 10_000 });
         const path = (await shell.clientOptions(address)).find((text) => text.startsWith('ControlPath=')).slice(12);
         const master = Number(execFileSync('pgrep', ['-f', path], { encoding: 'utf8' }));
         process.kill(master, 'SIGSTOP');
         process.on('exit', () => process.kill(master, 'SIGKILL'));
       }
       const { stdout, stderr } = process;
       const options = { stdin: 'inherit', stdout, stderr, timeoutMs: 30_000 };
       process.exitCode = await shell.stream(address, ['sh', '-c', 'cat; exit 3'], options);
       await shell.close();`,
    );
    const input = 'SELECT 1;\n'.repeat(200_000);
    for (const kept of ['alive', 'dead']) {
      const piped = spawnSync(process.execPath, [script, kept], {
        input,
        encoding: 'utf8',
        maxBuffer: 1e8,
        timeout: 60_000,
      });
      expect(piped.stderr).toBe('');
      expect([piped.status, piped.stdout.length, piped.stdout === input]).toEqual([3, input.length, true]);
    }
    await shell.close();
    await sshd.close();
  });

  it('creates its key pair once, privately, even when two processes start at the same time', async () => {
    const directory = stateDir();
    const shells = [1, 2].map(() => createMachineShell({ stateDir: directory, clock: testClock }));
    const [one, two] = await Promise.all(shells.map((shell) => shell.identity()));
    expect(one).toEqual(two);
    expect(statSync(one?.privateKeyPath ?? '').mode & 0o777).toBe(0o600);
    expect(readFileSync(one?.privateKeyPath ?? '', 'utf8')).toContain('OPENSSH PRIVATE KEY');
    expect(readdirSync(join(directory, 'ssh'))).toEqual(['id_ed25519', 'id_ed25519.pub']);
    await Promise.all(shells.map((shell) => shell.close()));
  });
});

function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/status`;
  return existsSync(path) && !/^State:\s+Z/m.test(readFileSync(path, 'utf8'));
}

function optionOf(options: readonly string[], name: string): string {
  return options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}
