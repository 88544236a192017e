import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ansibleRoot } from '../../src/main/paths.ts';

/** A directory on Python's path in which the content's modules are importable without Ansible being installed. */
export interface PythonWorld {
  readonly directory: string;
  /** Runs a script with `input` as JSON on its standard input; returns what it prints. */
  run(script: string, input?: unknown, env?: Readonly<Record<string, string>>): Promise<string>;
  close(): void;
}

export function createPythonWorld(): PythonWorld {
  const directory = mkdtempSync(join(tmpdir(), 'pressluft-python-'));
  const packages = join(directory, 'ansible');
  mkdirSync(join(packages, 'module_utils'), { recursive: true });
  mkdirSync(join(packages, 'plugins'), { recursive: true });
  for (const path of ['__init__.py', 'module_utils/__init__.py', 'plugins/__init__.py']) {
    writeFileSync(join(packages, path), '');
  }
  symlinkSync(join(ansibleRoot, 'module_utils/pressluft'), join(packages, 'module_utils/pressluft'));
  // The parts of Ansible that the callback plugin uses.
  writeFileSync(join(packages, 'plugins/callback.py'), callbackBase);
  return {
    directory,
    run: (script, input = null, env = {}) => runPython(['-c', script], JSON.stringify(input), directory, env),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function runPython(
  argv: readonly string[],
  input: string,
  path: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'python3',
      [...argv],
      {
        env: {
          PATH: process.env.PATH ?? '/usr/bin:/bin',
          HOME: process.env.HOME ?? '/',
          PYTHONPATH: path,
          PYTHONDONTWRITEBYTECODE: '1',
          ...env,
        },
        timeout: 120_000,
        maxBuffer: 8 << 20,
      },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr || error.message)),
    );
    child.stdin?.end(input);
  });
}

const callbackBase = `
class _Display:
    def display(self, text): print(text)
class CallbackBase:
    def __init__(self): self._display = _Display()
`;
