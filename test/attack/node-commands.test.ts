import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPythonWorld, type PythonWorld } from '../ansible/python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

const prelude = `
import json, os, re, sys
from ansible.module_utils.pressluft import commands
from ansible.module_utils.pressluft.steps import StepError
`;
const ask = async (script: string) =>
  JSON.parse(await python.run(prelude + script)) as Record<string, unknown>;

it('long output of a program is read completely, and only its end is kept', async () => {
  const found = await ask(`
status, stdout, stderr = commands.run(["sh", "-c", "head -c 300000000 /dev/zero; echo last"])
# Not ru_maxrss: a program inherits the peak of the process that started it.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(json.dumps({"status": status, "size": len(stdout), "end": stdout[-5:], "peakMib": peak >> 10}))`);
  expect(found).toMatchObject({ status: 0, size: 8 << 20, end: 'last\n' });
  expect(found.peakMib).toBeLessThan(150);
});

it('a process that was left behind with the output of a program does not block for long', async () => {
  const found = await ask(`
status, stdout, stderr = commands.run(["sh", "-c", "setsid sleep 600 & echo $!"])
os.kill(int(stdout), 9)
print(json.dumps({"status": status}), flush=True)
os._exit(0)`);
  // The process was still running.
  expect(found).toEqual({ status: 0 });
});

it('a program that exceeds its timeout is ended with its child processes', async () => {
  const found = await ask(`
try:
    commands.run(["sh", "-c", "sleep 600 & sleep 600"], timeout=1)
except StepError as error:
    print(json.dumps({"code": error.code}))`);
  expect(found).toEqual({ code: 'timeout' });
});

it('a program that does not read its input does not hang the run', async () => {
  const found = await ask(`
status, stdout, stderr = commands.run(["true"], stdin="x" * 10_000_000)
print(json.dumps({"status": status}))`);
  expect(found).toEqual({ status: 0 });
});

it.runIf(process.getuid?.() === 0)(
  "programs of an environment inherit no lock of root's, and few processes",
  async () => {
    const found = await ask(`
descriptor = os.dup2(os.open("/dev/null", os.O_RDONLY), 90)
commands.HELD.append(descriptor)
look = ["bash", "-c", f"ls -l /proc/self/fd | grep -c ' {descriptor} -> '; ulimit -u"]
print(json.dumps({"root": commands.run(look)[1].split()[0], "other": commands.run(look, user=(65534, 65534))[1].split()}))`);
    expect(found).toEqual({ root: '1', other: ['0', '1024'] });
  },
);
