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

/** Unpacks the archive that `make` writes as `archive`; returns the code of the failure, or the files, and the peak of memory above the start. */
async function unpacked(
  make: string,
): Promise<{ files?: readonly string[]; code?: string; mebibytes: number }> {
  const root = mkdtempSync(join(tmpdir(), 'pressluft-archives-'));
  try {
    const script = `
import bz2, gzip, io, json, lzma, os, struct, subprocess, sys, tarfile, zipfile
os.chdir(${JSON.stringify(root)})
def tar(entries, kind="w:gz", **more):
    with tarfile.open("archive", kind, **more) as target:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(content or b"")
            if content is None:
                entry.type = tarfile.DIRTYPE
            target.addfile(entry, io.BytesIO(content or b""))
def zipped(entries):
    with zipfile.ZipFile("archive", "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries:
            target.writestr(name, content)
${make}
# In a process of its own, so that making the archive does not count.
reader = '''
import json, os, resource
from ansible.module_utils.pressluft import archives
from ansible.module_utils.pressluft.steps import StepError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = {}
try:
    archives.extract("archive", "tree")
    result["files"] = sorted(os.path.relpath(os.path.join(parent, name), "tree") for parent, _, names in os.walk("tree") for name in names)
except StepError as error:
    result["code"] = error.code
result["mebibytes"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
print(json.dumps(result))
'''
print(subprocess.run([sys.executable, "-c", reader], check=True, capture_output=True, text=True).stdout)`;
    return JSON.parse(await python.run(script));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe('an archive is unpacked', () => {
  it.each([
    ['zip', 'zipped([("a/b.php", "1"), ("c.php", "2")])'],
    ['tar', 'tar([("a", None), ("a/b.php", b"1"), ("c.php", b"2")], "w")'],
    ['tar.gz', 'tar([("a/b.php", b"1"), ("c.php", b"2")])'],
    ['tar.bz2', 'tar([("a/b.php", b"1"), ("c.php", b"2")], "w:bz2")'],
    ['tar.xz', 'tar([("./a/b.php", b"1"), ("c.php", b"2")], "w:xz")'],
  ])('from %s', async (_, make) => {
    expect((await unpacked(make)).files).toEqual(['a/b.php', 'c.php']);
  });

  it('without its links and devices', async () => {
    const make = `
with tarfile.open("archive", "w") as target:
    for name, type in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE), ("pipe", tarfile.FIFOTYPE), ("plain", tarfile.REGTYPE)):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = type, "/etc/passwd"
        target.addfile(entry)`;
    expect((await unpacked(make)).files).toEqual(['plain']);
  });
});

describe('an archive is refused before it takes memory or disk', () => {
  it.each([
    [
      'more entries of a tar than are allowed',
      'artifact_too_large',
      'tar((f"{i}", None) for i in range(110_000))',
    ],
    [
      'a header of 256 MiB in a tar',
      'artifact_too_large',
      'tar([("a", b"")], format=tarfile.PAX_FORMAT, pax_headers={"comment": "x" * (256 << 20)})',
    ],
    [
      'many headers before the first file of a tar',
      'artifact_too_large',
      `
with gzip.open("archive", "wb") as target:
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 1 << 19
    for _ in range(64):
        target.write(entry.tobuf() + b"12 comment=x\\n".ljust(1 << 19, b"\\0"))`,
    ],
    [
      'a list of 64 MiB in a zip',
      'artifact_too_large',
      `
name = b"n" * 1000
entry = struct.pack("<4s6H3I5H2I", b"PK\\1\\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
count = (64 << 20) // len(entry)
with open("archive", "wb") as target:
    for _ in range(count):
        target.write(entry)
    target.write(struct.pack("<4s4H2IH", b"PK\\5\\6", 0, 0, 1, 1, count * len(entry), 0, 0))`,
    ],
    [
      'a zip that unpacks to far more than its size',
      'artifact_too_large',
      'zipped([("bomb", b"\\0" * (96 << 20))])',
    ],
    [
      'a tar that unpacks to far more than its size',
      'artifact_too_large',
      'tar([("bomb", b"\\0" * (96 << 20))])',
    ],
    [
      'names that make more directories than files are allowed',
      'artifact_too_large',
      'tar((f"{i}/" + "d/" * 500 + "f", b"") for i in range(210))',
    ],
    ['a name longer than a file system allows', 'artifact_unreadable', 'tar([("n" * 256, b"")])'],
    ['a path longer than 1 KiB', 'artifact_unreadable', 'zipped([("/".join(["n" * 200] * 6), "")])'],
    ['an entry above the archive', 'artifact_unreadable', 'tar([("a/../../b", b"")])'],
    ['an absolute entry', 'artifact_unreadable', 'tar([("/etc/b", b"")])'],
    ['a file in place of a directory', 'artifact_unreadable', 'tar([("a", b""), ("a/b", b"")])'],
    ['no archive', 'artifact_unreadable', 'open("archive", "w").write("<html>" * 1000)'],
    ['an empty file', 'artifact_unreadable', 'open("archive", "w").close()'],
    [
      'half of a tar.gz',
      'artifact_unreadable',
      'tar([("a", os.urandom(50_000)), ("b", os.urandom(50_000))])\nos.truncate("archive", 60_000)',
    ],
    [
      'half of a tar.xz',
      'artifact_unreadable',
      'tar([("a", os.urandom(50_000)), ("b", b"1")], "w:xz")\nos.truncate("archive", 30_000)',
    ],
    [
      'a zip with damaged data',
      'artifact_unreadable',
      'zipped([("a", os.urandom(50_000))])\nwith open("archive", "r+b") as target:\n    target.seek(2000)\n    target.write(b"damaged" * 100)',
    ],
    ['damaged bz2', 'artifact_unreadable', 'open("archive", "wb").write(b"BZh9" + os.urandom(5000))'],
    ['damaged gzip', 'artifact_unreadable', 'open("archive", "wb").write(b"\\x1f\\x8b" + os.urandom(5000))'],
  ])('%s', async (_, code, make) => {
    const result = await unpacked(make);
    expect(result.code).toBe(code);
    expect(result.mebibytes).toBeLessThan(160);
  });
});
