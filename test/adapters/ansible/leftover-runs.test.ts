import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAnsible } from '../../../src/adapters/ansible/create-ansible.ts';
import { ansibleRoot } from '../../../src/main/paths.ts';
import type { MachineShell } from '../../../src/ports/machine.ts';
import { memoryLog } from '../../support/memory-log.ts';

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'pressluft-leftover-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

test('the variables of a run that was killed with its controller are removed before the first probe, without another run', async () => {
  const left = join(stateDir, 'ansible/runs/run-4194303-1-abcdef');
  const own = join(stateDir, `ansible/runs/run-${process.pid}--abcdef`);
  for (const path of [left, own]) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'vars.yml'), 'password: secret');
  }
  const ansible = createAnsible({
    root: ansibleRoot,
    venvDir: join(stateDir, 'none'),
    stateDir,
    shell: {} as MachineShell,
    log: memoryLog(),
  });
  expect(await ansible.probeScript()).toContain('def main():');
  expect({ left: existsSync(left), own: existsSync(own) }).toEqual({ left: false, own: true });
});
