import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completionMarker, ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import { findPython } from '../../../src/adapters/ansible/find-python.ts';
import { locatePlaybookCommand } from '../../../src/adapters/ansible/locate-playbook.ts';
import { sha256Hex } from '../../../src/fleet/digest.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { ansibleRoot } from '../../../src/main/paths.ts';

let directory: string;
let root: string;
let bin: string;
let venvDir: string;
const requirements = 'ansible-core==2.19.14\n';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pl-venv-'));
  root = join(directory, 'ansible');
  bin = join(directory, 'bin');
  venvDir = join(directory, 'venv');
  mkdirSync(root);
  mkdirSync(bin);
  writeFileSync(join(root, 'requirements.txt'), requirements);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function script(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** A Python that prints its version, and runs `body` for all other calls. */
function fakePython(version: string, body = 'exit 0', name = 'python3'): void {
  script(join(bin, name), `if [ "$1" = -I ]; then echo ${version}; exit 0; fi\n${body}`);
}

/** A Python whose `-m venv` makes a directory with a working look-alike of Ansible in it, and counts the calls. */
function workingPython(): void {
  fakePython(
    '3.11.2',
    `/bin/mkdir -p "$3/bin" && echo x >> "${directory}/made" && : > "$3/pyvenv.cfg"
     for f in python ansible-playbook; do printf '#!/bin/sh\\n/bin/sleep 0.1\\n' > "$3/bin/$f"; /bin/chmod +x "$3/bin/$f"; done`,
  );
}

const made = () => readFileSync(join(directory, 'made'), 'utf8').split('\n').length - 1;

describe('ensureVenv', () => {
  it('creates it once, even when several processes ask at the same time', async () => {
    workingPython();
    const progress: string[] = [];
    const options = {
      root,
      venvDir,
      env: { PATH: bin },
      onProgress: (message: string) => progress.push(message),
    };
    await Promise.all([1, 2, 3].map(() => ensureVenv(options)));
    await ensureVenv(options);
    expect(made()).toBe(1);
    expect(progress).toContain('waiting for another process that makes the Ansible environment');
    expect(readFileSync(completionMarker(venvDir), 'utf8').trim()).toBe(sha256Hex(requirements));
  });

  it('starts over after a crash, and when the requirements have changed', async () => {
    workingPython();
    mkdirSync(join(venvDir, 'bin'), { recursive: true });
    writeFileSync(join(venvDir, '.pressluft-venv'), '');
    writeFileSync(join(venvDir, 'bin', 'left-over'), '');
    await ensureVenv({ root, venvDir, env: { PATH: bin } });
    expect(existsSync(join(venvDir, 'bin', 'left-over'))).toBe(false);
    writeFileSync(join(root, 'requirements.txt'), 'ansible-core==2.19.15\n');
    await ensureVenv({ root, venvDir, env: { PATH: bin } });
    expect(made()).toBe(2);
  });

  it('installs only files whose hash is pinned, and builds none', async () => {
    fakePython(
      '3.11.2',
      `/bin/mkdir -p "$3/bin"
       printf '#!/bin/sh\\necho "$*" >> "${directory}/pip"\\n' > "$3/bin/python"
       printf '#!/bin/sh\\n' > "$3/bin/ansible-playbook"
       /bin/chmod +x "$3/bin/python" "$3/bin/ansible-playbook"`,
    );
    await ensureVenv({ root, venvDir, env: { PATH: bin } });
    expect(readFileSync(join(directory, 'pip'), 'utf8')).toMatch(
      /^-m pip install .*--require-hashes --only-binary :all: -r /,
    );
  });

  it('has a hash for each pinned package, and no source of packages, in its requirements', () => {
    const text = readFileSync(join(ansibleRoot, 'requirements.txt'), 'utf8');
    const entries = text
      .replace(/^#.*\n/gm, '')
      .replaceAll('\\\n', '')
      .trim()
      .split('\n');
    expect(entries.length).toBeGreaterThan(8);
    for (const entry of entries) expect(entry).toMatch(/^[\w.-]+==[\w.]+( +--hash=sha256:[0-9a-f]{64})+$/);
  });

  it('uses a virtualenv that was made by hand when it has the pinned version', async () => {
    mkdirSync(join(venvDir, 'bin'), { recursive: true });
    script(join(venvDir, 'bin', 'ansible-playbook'), 'echo "ansible-playbook [core 2.19.14]"');
    await ensureVenv({ root, venvDir, env: { PATH: bin } });
    expect(existsSync(completionMarker(venvDir))).toBe(false);
  });

  it('never empties a directory that it did not make', async () => {
    workingPython();
    mkdirSync(join(venvDir, 'bin'), { recursive: true });
    writeFileSync(join(venvDir, 'pyvenv.cfg'), '');
    writeFileSync(join(venvDir, 'thesis.txt'), 'precious');
    await expect(ensureVenv({ root, venvDir, env: { PATH: bin } })).rejects.toMatchObject({
      code: errors.ansibleMissing,
    });
    expect(existsSync(join(venvDir, 'thesis.txt'))).toBe(true);
  });

  it('names the Debian package when Python cannot make virtualenvs', async () => {
    fakePython('3.11.2', 'echo "ensurepip is not available. On Debian/Ubuntu systems, …"; exit 1');
    await expect(ensureVenv({ root, venvDir, env: { PATH: bin } })).rejects.toMatchObject({
      code: errors.ansibleMissing,
      hint: 'On Debian and Ubuntu: apt-get install python3.11-venv',
    });
  });

  it('leaves no marker when the installation fails', async () => {
    fakePython(
      '3.11.2',
      '/bin/mkdir -p "$3/bin"; : > "$3/pyvenv.cfg"; printf "#!/bin/sh\\nexit 1\\n" > "$3/bin/python"; /bin/chmod +x "$3/bin/python"',
    );
    await expect(ensureVenv({ root, venvDir, env: { PATH: bin } })).rejects.toMatchObject({
      code: errors.ansibleMissing,
    });
    expect(existsSync(completionMarker(venvDir))).toBe(false);
  });

  it('throws PL3015 when it is cancelled', async () => {
    fakePython('3.11.2', 'exec /bin/sleep 60');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const run = ensureVenv({ root, venvDir, env: { PATH: bin }, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: errors.cancelled });
  });
});

describe('findPython', () => {
  it('uses the first one that the pinned ansible-core supports', async () => {
    fakePython('3.9.2');
    fakePython('3.12.4', 'exit 0', 'python3.12');
    expect(await findPython(bin)).toEqual({ file: 'python3.12', version: '3.12.4' });
  });

  it('lists the versions found when none is supported', async () => {
    fakePython('3.9.2');
    await expect(findPython(bin)).rejects.toMatchObject({
      code: errors.ansibleMissing,
      message: expect.stringContaining('python3 is 3.9.2'),
      hint: expect.stringContaining('apt-get install'),
    });
  });
});

describe('locatePlaybookCommand', () => {
  it('uses a finished virtualenv without running it', async () => {
    mkdirSync(join(venvDir, 'bin'), { recursive: true });
    writeFileSync(completionMarker(venvDir), sha256Hex(requirements));
    expect(await locatePlaybookCommand(root, venvDir, {})).toBe(join(venvDir, 'bin'));
  });

  it('uses one on the PATH only when its version is the pinned one', async () => {
    script(join(bin, 'ansible-playbook'), 'echo "ansible-playbook [core 2.19.14]"');
    expect(await locatePlaybookCommand(root, venvDir, { PATH: `/nonexistent:${bin}` })).toBe(bin);
    script(join(bin, 'ansible-playbook'), 'echo "ansible-playbook [core 2.14.18]"');
    await expect(locatePlaybookCommand(root, venvDir, { PATH: bin })).rejects.toMatchObject({
      code: errors.ansibleMissing,
      message: expect.stringContaining('2.14.18'),
    });
  });
});
