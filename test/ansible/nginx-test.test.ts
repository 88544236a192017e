import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ansibleRoot } from '../../src/main/paths.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

const main = readFileSync(join(ansibleRoot, 'roles/nginx/files/nginx.conf'), 'utf8');
const site =
  'server {\n\taccess_log /srv/pressluft/acme/logs/access.log pressluft;\n\tinclude /etc/nginx/pressluft/snippets/acme.conf;\n}\n';

interface Asked {
  readonly fault?: { readonly message: string; readonly details: string } | null;
  readonly error?: string;
  readonly command: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** Asks for a fault while systemd-run answers as given; ROOT in the answer is the directory of the test. */
async function ask(answer: { status: number; stdout: string; stderr: string }): Promise<Asked> {
  const root = mkdtempSync(join(tmpdir(), 'pressluft-nginx-'));
  const script = `
import json, os, sys
from ansible.module_utils.pressluft import nginx_test
from ansible.module_utils.pressluft.steps import StepError
value = json.load(sys.stdin)
asked, seen = [], {}
def run(command, timeout):
    asked.extend(command)
    for directory, _, names in os.walk(value["root"]):
        for name in names:
            path = os.path.join(directory, name)
            seen[os.path.relpath(path, value["root"])] = open(path).read().replace(value["root"], "ROOT")
    answer = value["answer"]
    return answer["status"], answer["stdout"], answer["stderr"].replace("ROOT", value["root"])
nginx_test.run = run
result = {}
try:
    fault = nginx_test.fault(value["root"], value["main"], {"acme.conf": value["site"]}, {"acme.conf": "etag off;\\n"})
    result["fault"] = fault and fault._asdict()
except StepError as error:
    result["error"] = f"{error.code}: {error.message}"
print(json.dumps({**result, "command": asked, "files": seen}))
`;
  try {
    return JSON.parse(await python.run(script, { root, main, site, answer })) as Asked;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const isolated = { status: 0, stdout: 'sandboxed\n', stderr: '' };

describe('the test of a configuration of nginx', () => {
  it('writes to its own directory only, without a network', async () => {
    const { command, files, fault } = await ask(isolated);
    expect(fault).toBeNull();
    expect(command[0]).toBe('systemd-run');
    expect(command).toEqual(
      expect.arrayContaining(['ProtectSystem=strict', 'PrivateNetwork=yes', 'NoNewPrivileges=yes']),
    );
    expect(command.filter((word) => /^(ReadWrite|Bind)Paths=/.test(word))).toHaveLength(1);
    expect(Object.keys(files).sort()).toEqual(['nginx.conf', 'sites/acme.conf', 'snippets/acme.conf']);
    expect(files['nginx.conf']).toMatch(/^pid ROOT\/pid;$/m);
    expect(files['nginx.conf']).toContain('include ROOT/sites/*.conf;');
    expect(Object.values(files).join('')).not.toMatch(/\/var\/log|\/srv\/pressluft\/acme\/logs/);
    expect(files['sites/acme.conf']).toContain('include ROOT/snippets/acme.conf;');
  });

  it.each([
    [
      'systemd cannot start it',
      { status: 1, stdout: '', stderr: 'Failed to start transient service unit\n' },
    ],
    ['the machine is not isolated', { status: 1, stdout: '', stderr: '/etc can be written to\n' }],
    ['nothing says that it is', { status: 0, stdout: '', stderr: '' }],
  ])('is not made when %s, and then nothing is valid', async (_, answer) => {
    const { error, fault } = await ask(answer);
    expect(error).toMatch(/^sandbox_unavailable: /);
    expect(fault).toBeUndefined();
  });

  it.each([
    ['snippets/acme.conf:1', 'nginx does not accept line 1 of spec.nginx.serverSnippet of acme'],
    ['sites/acme.conf:2', 'nginx does not accept line 2 of /etc/nginx/pressluft/sites/acme.conf'],
    ['nginx.conf:7', 'nginx does not accept line 7 of /etc/nginx/nginx.conf'],
  ])('reports the place %s, and not what nginx says', async (place, message) => {
    const stderr = `2026/11/30 17:00:00 [emerg] 1#1: unknown directive "secret" in ROOT/${place}\nnginx: configuration file ROOT/nginx.conf test failed\n`;
    const { fault } = await ask({ status: 1, stdout: 'sandboxed\n', stderr });
    expect(fault?.message).toBe(message);
    expect(fault?.details).toContain('secret');
  });

  it('reports no place that is none of its files', async () => {
    const stderr = 'nginx: [emerg] unknown directive "secret" in /etc/nginx/pressluft/probe-token.map:1\n';
    const { fault } = await ask({ status: 1, stdout: 'sandboxed\n', stderr });
    expect(fault?.message).toBe('nginx does not accept the configuration');
  });
});
