import { expect, it } from 'vitest';
import { withLimitedMemory } from '../../src/adapters/ansible/playbook-command.ts';
import { runPython } from '../ansible/python.ts';

const fill = (bytes: string) => `
import os
if os.fork() == 0:
    try:
        answer = bytearray(${bytes})
        print('kept', flush=True)
    except MemoryError:
        print('refused', flush=True)
    os._exit(0)
os.wait()`;

it('an answer of a node that would exhaust the memory of the controller fails only its own run, in every process of the run', async () => {
  expect(await runPython(['-c', withLimitedMemory + fill('1 << 30')], '', '')).toBe('refused\n');
  expect(await runPython(['-c', withLimitedMemory + fill('200 << 20')], '', '')).toBe('kept\n');
});
