import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

/** Fills the directory `site` beside a file of root's, has it deleted as the deletion of an environment does, and tells what is left. */
async function afterDeletion(fill: string, report = ''): Promise<unknown> {
  const root = mkdtempSync(join(tmpdir(), 'pressluft-trees-'));
  try {
    const script = `
import json, os, resource, stat, subprocess, sys
os.chdir(${JSON.stringify(root)})
os.mkdir("outside")
open("outside/kept", "w").close()
os.mkdir("site")
result = {}
def nest(depth, name="d"):
    start = os.open(".", os.O_RDONLY)
    os.chdir("site")
    for _ in range(depth):
        os.mkdir(name)
        os.chdir(name)
    open("deepest", "w").close()
    os.fchdir(start)
    os.close(start)
from ansible.module_utils.pressluft.files import Files
from ansible.module_utils.pressluft import trees
files = Files()
${fill}
result["changed"] = files.remove_tree("site")
result["left"] = sorted(os.listdir("."))
result["outside"] = os.listdir("outside")
${report}
print(json.dumps(result))`;
    return JSON.parse(await python.run(script));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const deleted = { changed: true, left: ['outside'], outside: ['kept'] };

describe('a tree of a site is deleted', () => {
  it.each([
    ['3,000 nested directories', 'nest(3000)'],
    ['directories nested deeper than a path may be long', 'nest(500, "d" * 255)'],
    [
      'more nested directories than a process may open files',
      'resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\nnest(200)',
    ],
    [
      'names of the longest kind, and names that are not text',
      `
os.mkdir("site/" + "n" * 255)
open("site/" + "n" * 255 + "/" + "m" * 255, "w").close()
os.mkdir(b"site/\\xff\\n\\x1b")
open(b"site/\\xff\\n\\x1b/\\xfe", "w").close()
open("site/-rf", "w").close()`,
    ],
    [
      'directories and files without any permission',
      `
os.makedirs("site/a/b")
open("site/a/b/c", "w").close()
for path in ("site/a/b/c", "site/a/b", "site/a", "site"):
    os.chmod(path, 0)`,
    ],
    [
      'pipes, sockets and links to and around everything',
      `
import socket
os.mkfifo("site/pipe")
socket.socket(socket.AF_UNIX).bind("site/socket")
os.symlink("../outside", "site/link")
os.symlink(os.path.abspath("outside/kept"), "site/file")
os.symlink(".", "site/self")
os.link("outside/kept", "site/hard")`,
    ],
    [
      'many directories beside each other',
      'for i in range(3000):\n    os.mkdir(f"site/{i}")\n    os.mkdir(f"site/{i}/x")',
    ],
  ])('with %s', async (_, fill) => {
    expect(await afterDeletion(fill)).toEqual(deleted);
  });

  it('and a link in its place is removed, not its target', async () => {
    expect(await afterDeletion('os.rmdir("site")\nos.symlink("outside", "site")')).toEqual(deleted);
  });

  it('and nothing is changed in check mode, or where nothing is', async () => {
    expect(await afterDeletion('files.check = True')).toEqual({ ...deleted, left: ['outside', 'site'] });
    expect(await afterDeletion('os.rmdir("site")')).toEqual({ ...deleted, changed: false });
  });

  it('while a process writes into it: it ends, and the rest is deleted by the next call', async () => {
    const result = await afterDeletion(
      `
trees.MAX_PASSES = 50
writer = subprocess.Popen([sys.executable, "-c", """
import os
os.chdir('site')
print(flush=True)
while True:
    try:
        os.mkdir('again')
    except OSError:
        pass
    if os.stat('.').st_nlink == 0:
        break
"""], stdout=subprocess.PIPE)
writer.stdout.readline()
try:
    while True:
        try:
            trees.remove_tree("site")
            break
        except trees.StillWritten:
            result["ended"] = True
            writer.kill()
            writer.wait()
finally:
    writer.kill()
os.makedirs("site", exist_ok=True)`,
      'result.pop("ended", None)',
    );
    expect(result).toEqual(deleted);
  });

  it('and a directory that always gets a new file is given up with an error that says so', async () => {
    const result = await afterDeletion(
      `
rmdir = os.rmdir
def refilled(path, **more):
    raise OSError(39, "Directory not empty")
os.rmdir = refilled
trees.MAX_PASSES = 5
try:
    trees.remove_tree("site")
except trees.StillWritten as error:
    result["error"] = str(error)
os.rmdir = rmdir`,
    );
    expect(result).toEqual({ ...deleted, error: 'site: a process still writes there' });
  });
});
