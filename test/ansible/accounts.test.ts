import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ansibleRoot } from '../../src/main/paths.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
let root: string;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-accounts-'));
  return () => rmSync(root, { recursive: true, force: true });
});

interface Drift {
  readonly path: string;
  readonly expectedSha: string;
  readonly actualSha: string | null;
}

/** The drift that the probe finds after a converge made the directories of a site for `nobody`, and `change` was run. */
async function driftAfter(change: string): Promise<readonly Drift[]> {
  const text = await python.run(`
import grp, importlib.util, json, os, pwd, shutil, sys
from ansible.module_utils.pressluft import accounts, layout
from ansible.module_utils.pressluft.files import Files
layout.ROOT = ${JSON.stringify(root)}
own = pwd.getpwnam("nobody")
# The group of an account has its name on a node.
nobody = grp.struct_group(("nobody", "x", own.pw_gid, []))
by_number = grp.getgrgid
grp.getgrgid = lambda number: nobody if number == own.pw_gid else by_number(number)
base = layout.base("shop")
accounts.directories({"name": "shop", "unix_user": "nobody"}, Files(False))
${change}
spec = importlib.util.spec_from_file_location("probe", ${JSON.stringify(join(ansibleRoot, 'files/probe.py'))})
probe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probe)
print(json.dumps(probe.directory_drift(base, "nobody")))`);
  const drift = JSON.parse(text) as readonly Drift[];
  return drift.map((entry) => ({ ...entry, path: entry.path.slice(root.length) }));
}

const uploads = '/shop/shared/uploads';

describe.skipIf(process.getuid?.() !== 0)('the directories of an environment', () => {
  it('have no drift after a converge', async () => {
    expect(await driftAfter('')).toEqual([]);
  });

  it('of which one is a link are neither replaced nor followed: probe and converge say what is there', async () => {
    const again = `
from ansible.module_utils.pressluft.steps import StepError
try:
    accounts.directories({"name": "shop", "unix_user": "nobody"}, Files(False))
except StepError as error:
    os.rename(base + "/tmp", base + "/" + error.code)
    assert error.message == f"{base}/shared/uploads is a link to {base}/disk, and has to be a directory", error.message
`;
    const link =
      'os.rename(base + "/shared/uploads", base + "/disk"); os.symlink(base + "/disk", base + "/shared/uploads")';
    expect(await driftAfter(link + again)).toEqual([
      { path: uploads, expectedSha: '0755 nobody', actualSha: 'not a directory' },
      // The marker of the test: the second converge ended with this code.
      { path: '/shop/tmp', expectedSha: '0700 nobody', actualSha: null },
    ]);
  });

  it('may be opened by the site that owns them', async () => {
    expect(await driftAfter('os.chmod(base + "/shared/uploads", 0o2775)')).toEqual([]);
  });

  it.each([
    ['os.chmod(base + "/shared/uploads", 0)', uploads, '0755 nobody', '0000 nobody'],
    ['os.chmod(base + "/shared/uploads", 0o700)', uploads, '0755 nobody', '0700 nobody'],
    ['os.chown(base + "/shared/uploads", 0, 0)', uploads, '0755 nobody', '0755 root'],
    ['os.chown(base + "/tmp", 4242, 4242)', '/shop/tmp', '0700 nobody', '0700 4242'],
    ['os.chmod(base + "/logs", 0o777)', '/shop/logs', '0751 root:nobody', '0777 root:nobody'],
    ['shutil.rmtree(base + "/sessions")', '/shop/sessions', '0700 nobody', null],
    [
      'os.rename(base + "/tmp", base + "/x"); os.symlink("x", base + "/tmp")',
      '/shop/tmp',
      '0700 nobody',
      'not a directory',
    ],
    ['os.unlink(base + "/current")', '/shop/current', 'link to slots/a', null],
    [
      'os.unlink(base + "/current"); os.symlink("/etc", base + "/current")',
      '/shop/current',
      'link to slots/a',
      'link to /etc',
    ],
    [
      'os.symlink("releases/x", base + "/slots/a/verified")',
      '/shop/slots/a/public',
      'link to releases/x',
      null,
    ],
  ])('drift after %s', async (change, path, expectedSha, actualSha) => {
    expect(await driftAfter(change)).toEqual([{ path, expectedSha, actualSha }]);
  });

  it('all drift when the account is deleted', async () => {
    const change = `
def unknown(number):
    raise KeyError(number)
pwd.getpwuid = lambda number, known=pwd.getpwuid: unknown(number) if number == own.pw_uid else known(number)`;
    const drift = await driftAfter(change);
    expect(drift.map(({ path }) => path)).toEqual([uploads, '/shop/tmp', '/shop/sessions']);
  });
});

describe('a deleted account', () => {
  it('is created with the number that owns its files', async () => {
    const text = await python.run(`
import os
from ansible.module_utils.pressluft import accounts, layout
layout.ROOT = ${JSON.stringify(root)}
calls = []
accounts.run = lambda argv, stdin: (calls.append(stdin), (0, "", ""))[1]
os.makedirs(layout.base("shop") + "/shared/uploads")
os.lstat = lambda path, real=os.lstat: os.stat_result((0o40755, 0, 0, 1, 994, 994, 0, 0, 0, 0)) if path.endswith("/shop/shared/uploads") else real(path)
accounts.create([{"name": "shop", "unix_user": "pl-shop"}, {"name": "new", "unix_user": "pl-new"}])
print("".join(calls))`);
    expect(text).toMatch(/^u pl-shop 994 "Pressluft shop" \S+ \/usr\/sbin\/nologin$/m);
    expect(text).toMatch(/^u pl-new - "Pressluft new" \S+ \/usr\/sbin\/nologin$/m);
  });
});
