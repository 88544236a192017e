import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ansibleRoot } from '../../src/main/paths.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

/** The part of Ansible that the module uses: it reads arguments, and prints results. */
const fakeModule = `
import json, sys, tempfile
class AnsibleModule:
    def __init__(self, argument_spec, supports_check_mode):
        given = json.load(sys.stdin)
        self.check_mode, self._diff, self.tmpdir = given.pop("check", False), False, tempfile.mkdtemp()
        self.params = {name: given.get(name, option.get("default")) for name, option in argument_spec.items()}
    def exit_json(self, **result): print(json.dumps(result)); sys.exit(0)
    def fail_json(self, **result): print(json.dumps({"failed": True, **result})); sys.exit(0)
`;

// The module writes files of root.
describe.runIf(process.getuid?.() === 0)('files of a node', () => {
  let python: PythonWorld;
  let directory: string;
  beforeAll(() => {
    python = createPythonWorld();
    directory = mkdtempSync(join(tmpdir(), 'pressluft-files-'));
    writeFileSync(join(python.directory, 'ansible/module_utils/basic.py'), fakeModule);
  });
  afterAll(() => {
    python.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const at = (name: string) => join(directory, name);
  const apply = async (args: object) => {
    const script = readFileSync(join(ansibleRoot, 'library/pressluft_node_files.py'), 'utf8');
    return JSON.parse(await python.run(script, args)) as Record<string, unknown>;
  };
  const modeOf = (name: string) => (statSync(at(name)).mode & 0o7777).toString(8);

  it('writes directories and files with their modes, once', async () => {
    const args = {
      directories: { [at('pool.d')]: '0700' },
      files: {
        [at('pool.d/plain')]: 'a text',
        [at('secret')]: { content: 'x = {{ 1 }}\n\n', mode: '0600', validate: ['grep', '-q', 'x', '%s'] },
      },
    };
    expect(await apply({ ...args, check: true })).toMatchObject({ changed: true });
    expect(existsSync(at('secret'))).toBe(false);
    expect(await apply(args)).toMatchObject({ changed: true });
    expect([modeOf('pool.d'), modeOf('pool.d/plain'), modeOf('secret')]).toEqual(['700', '644', '600']);
    expect(readFileSync(at('secret'), 'utf8')).toBe('x = {{ 1 }}\n');
    expect(await apply(args)).toMatchObject({ changed: false });
  });

  it('keeps the old file if the new one is not valid, and says why', async () => {
    const path = at('nginx.conf');
    const file = (content: string) => ({
      files: {
        [path]: {
          content,
          validate: ['sh', '-c', 'grep -q good "$1" || { cat "$1" >&2; exit 1; }', 'sh', '%s'],
        },
      },
    });
    expect(await apply(file('good'))).toMatchObject({ changed: true });
    expect(await apply(file('broken'))).toMatchObject({
      failed: true,
      msg: `${path} would not be valid: broken`,
    });
    expect(readFileSync(path, 'utf8')).toBe('good\n');
  });
});
