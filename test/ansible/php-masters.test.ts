import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let root: string;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-masters-'));
  mkdirSync(join(root, 'pending'));
  return () => rmSync(root, { recursive: true, force: true });
});

describe('a PHP-FPM master that is to stop', () => {
  const stop = (check: 'True' | 'False') =>
    python.run(
      `
from ansible.module_utils.pressluft import activation, layout, php_masters
from ansible.module_utils.pressluft.files import Files
layout.PHP = activation.PENDING = ${JSON.stringify(join(root, 'pending'))}
php_masters.is_listening = lambda name: False
print(php_masters.stop("acme", Files(${check})))`,
      null,
    );
  const owed = () => existsSync(join(root, 'pending/php@acme'));

  it('owes no restart any more, even if it has never served', async () => {
    writeFileSync(join(root, 'pending/php@acme'), '');
    expect(await stop('True')).toBe('False\n');
    expect(owed(), 'check mode').toBe(true);
    expect(await stop('False')).toBe('False\n');
    expect(owed()).toBe(false);
  });
});
