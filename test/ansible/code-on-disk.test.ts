import { mkdtempSync, rmSync } from 'node:fs';
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
  root = mkdtempSync(join(tmpdir(), 'pressluft-code-'));
  return () => rmSync(root, { recursive: true, force: true });
});

/** Two sites with the same core and plugin, whose releases are built below `root`; then runs `script` and returns what it assigns to `result`. */
async function afterBuilding(script: string): Promise<unknown> {
  const text = await python.run(`${prelude(root)}\n${script}\nprint(json.dumps(result))`);
  return JSON.parse(text);
}

const prelude = (directory: string) => `
import hashlib, json, os, pwd, shutil, sys, zipfile
from ansible.module_utils.pressluft import activation, artifacts, code_check, layout, releases
root = ${JSON.stringify(directory)}
layout.ROOT, layout.CACHE = root + "/srv", root + "/srv/.cache"
activation.PENDING, code_check.RESULTS = root + "/pending", root + "/results"
os.makedirs(layout.CACHE)
releases.account = lambda environment: (os.geteuid(), os.getegid())
downloads = []
def archive(name, files):
    with zipfile.ZipFile(f"{root}/{name}.zip", "w") as handle:
        for path, text in files.items():
            handle.writestr(f"{name}/{path}", text)
    return {"url": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "version": "1.0"}
def download(url, sha256, destination):
    downloads.append(url)
    shutil.copy(f"{root}/{url}.zip", destination)
artifacts.download = download
core = {"index.php": "<?php // front", "wp-includes/version.php": "<?php $wp_version = '1.0';", "wp-content/plugins/index.php": "<?php",
        "wp-content/plugins/hello.php": "<?php", "wp-content/plugins/bundled/bundled.php": "<?php", "readme.html": "<p>"}
wordpress = {**archive("wordpress", core), "plugins": [{"slug": "shop", **archive("shop", {"shop.php": "<?php // Plugin Name: Shop", "inc/a.php": "<?php"})}], "themes": []}
dropins = {"mu_plugin": "<?php // ours", "object_cache": "<?php // cache"}
def site(name, **more):
    return {"name": name, "php": {"version": "8.2"}, "cache": {"object": "redis"}, "wordpress": {**wordpress, **more}}
def converge(environment):
    for kind, slug, artifact, _ in releases.wanted_trees(environment):
        artifacts.ensure_tree(kind, slug, artifact)
    release = releases.release_id(environment, dropins)
    os.makedirs(f"{layout.slot_path(environment['name'])}/releases", exist_ok=True)
    damaged = releases.damage(environment["name"], release)
    if damaged != []:
        releases.build(environment, dropins, release)
    path = releases.release_path(environment["name"], release)
    public = layout.document_root(environment["name"])
    if os.path.lexists(public):
        os.unlink(public)
    os.symlink(f"releases/{release}", public)
    return path, damaged
def damaged_paths(path):
    return code_check.check_release(path)
acme, shop = site("acme"), site("shop")
(acme_path, first), (shop_path, _) = converge(acme), converge(shop)
`;

describe('releases', () => {
  it('are copies: no two environments share an inode, and neither shares one with the unpacked artifacts', async () => {
    const result = await afterBuilding(`
inodes = [entry.stat().st_ino for path in (acme_path, shop_path, layout.CACHE + "/trees") for _, entry in code_check.walk(path) if entry.is_file(follow_symlinks=False)]
result = {"files": len(inodes) > 10, "shared": len(inodes) - len(set(inodes)), "first": first}`);
    expect(result).toEqual({ files: true, shared: 0, first: null });
  });

  it('hold WordPress without its bundled plugins, the pinned plugins and the files of Pressluft', async () => {
    const result = await afterBuilding(
      `result = sorted(path for path, entry in code_check.walk(acme_path) if not entry.is_dir(follow_symlinks=False))`,
    );
    expect(result).toEqual([
      'index.php',
      'readme.html',
      'wp-config.php',
      'wp-content/mu-plugins/pressluft.php',
      'wp-content/object-cache.php',
      'wp-content/plugins/index.php',
      'wp-content/plugins/shop/inc/a.php',
      'wp-content/plugins/shop/shop.php',
      'wp-content/uploads',
      'wp-includes/version.php',
    ]);
  });

  it('that differ from their artifacts are replaced, whatever the difference', async () => {
    const cases: readonly (readonly [string, string, readonly string[]])[] = [
      ['a line is appended', 'open(f"{acme_path}/index.php", "a").write("evil")', ['index.php']],
      [
        'a byte is replaced and the time put back',
        'open(f"{acme_path}/index.php", "r+").write("<?PHP"); os.utime(f"{acme_path}/index.php", (0, 0))',
        ['index.php'],
      ],
      ['a file is removed', 'os.unlink(f"{acme_path}/wp-includes/version.php")', ['wp-includes/version.php']],
      [
        'a directory is removed',
        'shutil.rmtree(f"{acme_path}/wp-content/plugins/shop")',
        ['wp-content/plugins/shop/inc/a.php', 'wp-content/plugins/shop/shop.php'],
      ],
      ['PHP is added', 'open(f"{acme_path}/wp-includes/x.php", "w")', ['wp-includes/x.php']],
      ['PHP settings are added', 'open(f"{acme_path}/.user.ini", "w")', ['.user.ini']],
      ['the site is in maintenance', 'open(f"{acme_path}/.maintenance", "w")', ['.maintenance']],
      ['a link is added', 'os.symlink("/etc", f"{acme_path}/etc")', ['etc']],
      [
        'a link leads elsewhere',
        'os.unlink(f"{acme_path}/wp-config.php"); os.symlink("/tmp/x.php", f"{acme_path}/wp-config.php")',
        ['wp-config.php'],
      ],
      [
        'a file becomes a link to the same content',
        'os.rename(f"{acme_path}/index.php", root + "/i.php"); os.symlink(root + "/i.php", f"{acme_path}/index.php")',
        ['index.php'],
      ],
      ['a file becomes unreadable for PHP', 'os.chmod(f"{acme_path}/index.php", 0o600)', ['index.php']],
      [
        'a directory becomes unreadable for PHP',
        'os.chmod(f"{acme_path}/wp-includes", 0o700)',
        ['wp-includes'],
      ],
      [
        'a file becomes a pipe',
        'os.unlink(f"{acme_path}/index.php"); os.mkfifo(f"{acme_path}/index.php")',
        ['index.php'],
      ],
    ];
    const result = await afterBuilding(`
def after(harm):
    inode = os.stat(acme_path).st_ino
    exec(harm)
    found = {"found": damaged_paths(acme_path), "full": code_check.check_release(acme_path, full=True), "neighbour": damaged_paths(shop_path)}
    shutil.rmtree(activation.PENDING, ignore_errors=True)
    _, found["damaged"] = converge(acme)
    return found | {"after": damaged_paths(acme_path), "full_after": code_check.check_release(acme_path, full=True), "replaced": os.stat(acme_path).st_ino != inode,
                    "owed": os.listdir(activation.PENDING), "left": [name for name in os.listdir(os.path.dirname(acme_path)) if name.endswith(".tmp")], "downloads": downloads}
result = [after(harm) for harm in ${JSON.stringify(cases.map(([, harm]) => harm))}]`);
    const expected = cases.map(([title, , paths]) => [
      title,
      {
        found: paths,
        full: paths,
        neighbour: [],
        damaged: paths,
        after: [],
        full_after: [],
        replaced: true,
        owed: ['php@acme'],
        left: [],
        downloads: ['wordpress', 'shop'],
      },
    ]);
    expect(cases.map(([title], index) => [title, (result as unknown[])[index]])).toEqual(expected);
  });

  it('are as described when only what is not code was added, or only times have changed', async () => {
    const result = await afterBuilding(`
open(f"{acme_path}/google123.html", "w").write("verified")
os.utime(f"{acme_path}/index.php")
before = os.stat(code_check.manifest_path(acme_path)).st_mtime_ns
result = [damaged_paths(acme_path), os.stat(code_check.manifest_path(acme_path)).st_mtime_ns != before]
before = os.stat(code_check.manifest_path(acme_path)).st_mtime_ns
result += [damaged_paths(acme_path), os.stat(code_check.manifest_path(acme_path)).st_mtime_ns != before]`);
    expect(result).toEqual([[], true, [], false]);
  });

  it('are read only where inode, size or ctime have changed, unless all is asked for', async () => {
    const result = await afterBuilding(`
reads = []
original = code_check.read
code_check.read = lambda path: reads.append(os.path.relpath(path, acme_path)) or original(path)
damaged_paths(acme_path)
result = [list(reads)]
os.utime(f"{acme_path}/index.php")
damaged_paths(acme_path)
result.append(list(reads))
code_check.check_release(acme_path, full=True)
result.append(len(reads) > 7)`);
    expect(result).toEqual([[], ['index.php'], true]);
  });

  it('of which the manifest is lost are built again', async () => {
    const result = await afterBuilding(`
os.unlink(code_check.manifest_path(acme_path))
unknown = damaged_paths(acme_path)
open(code_check.manifest_path(shop_path), "w").write("{")
result = [unknown, len(converge(acme)[1]), damaged_paths(acme_path), damaged_paths(shop_path), len(converge(shop)[1]), damaged_paths(shop_path)]`);
    expect(result).toEqual([null, 1, [], null, 1, []]);
  });
});

describe('unpacked artifacts', () => {
  it('that are damaged are unpacked again, before a release is made of them', async () => {
    const result = await afterBuilding(`
tree = artifacts.tree_path("core", "wordpress", wordpress)
open(f"{tree}/index.php", "a").write("evil")
new = site("new")
path, _ = converge(new)
result = [open(f"{path}/index.php").read(), downloads, artifacts.is_intact(tree), damaged_paths(path)]`);
    expect(result).toEqual(['<?php // front', ['wordpress', 'shop', 'wordpress'], true, []]);
  });

  it('of an earlier version, which have no manifest, are unpacked again', async () => {
    const result = await afterBuilding(`
os.unlink(artifacts.tree_path("core", "wordpress", wordpress) + ".json")
converge(site("new"))
result = downloads`);
    expect(result).toEqual(['wordpress', 'shop', 'wordpress']);
  });

  it('are removed when neither a run nor a release needs them, with what killed runs left', async () => {
    const result = await afterBuilding(`
names = lambda: sorted(name.split("-")[1] + (".json" if name.endswith(".json") else "") for name in os.listdir(layout.CACHE + "/trees"))
old = {"slug": "old", **archive("old", {"old.php": "<?php"})}
artifacts.ensure_tree("plugin", "old", old)
os.mkdir(layout.CACHE + "/trees/core-half-x.12.tmp")
open(layout.CACHE + "/ab.download", "w")
result = [artifacts.prune({os.path.basename(artifacts.tree_path("plugin", "old", old))}), names()]
result += [artifacts.prune(set()), names(), "ab.download" in os.listdir(layout.CACHE)]
os.unlink(code_check.manifest_path(acme_path))
artifacts.ensure_tree("plugin", "old", old)
result += [artifacts.prune(set())]`);
    const kept = ['shop', 'shop.json', 'wordpress', 'wordpress.json'];
    expect(result).toEqual([1, ['old', 'old.json', ...kept], 2 - 1, kept, false, 0]);
  });

  it('are never taken for those of another archive whose digest begins alike', async () => {
    const result = await afterBuilding(`
twin = {**archive("twin", {"shop.php": "<?php // other"}), "version": "1.0"}
shop_pin = wordpress["plugins"][0]
twin["sha256"] = shop_pin["sha256"][:63] + ("0" if shop_pin["sha256"][63] != "0" else "1")
result = [artifacts.ensure_tree("plugin", "shop", twin), artifacts.tree_path("plugin", "shop", twin) != artifacts.tree_path("plugin", "shop", shop_pin)]`);
    expect(result).toEqual([true, true]);
  });

  it('named by a part of their digest are removed; the release made of them keeps its new ones', async () => {
    const result = await afterBuilding(`
trees = layout.CACHE + "/trees"
short = lambda name: name[: name.rindex("-") + 17]
for name in os.listdir(trees):
    if not name.endswith(".json"):
        os.mkdir(f"{trees}/{short(name)}")
for path in (acme_path, shop_path):
    manifest = code_check.load(code_check.manifest_path(path))
    manifest["trees"] = [short(name) for name in manifest["trees"]]
    code_check.save(code_check.manifest_path(path), manifest)
before = {name for name in os.listdir(trees) if len(name.rsplit("-", 1)[1].removesuffix(".json")) == 64}
result = [artifacts.prune(set()), set(os.listdir(trees)) == before, len(before), damaged_paths(acme_path)]`);
    expect(result).toEqual([2, true, 4, []]);
  });

  it('have names that a file system can hold, whatever the slug and the version', async () => {
    const result = await afterBuilding(`
result = len(os.path.basename(artifacts.tree_path("plugin", "s" * 128, {"version": "1" * 64, "sha256": "0" * 64}))) + len(".01234567.tmp.json") < 255`);
    expect(result).toBe(true);
  });
});

it('keeps the result of a comparison with the inode of the release', async () => {
  const result = await afterBuilding(`
releases.record_intact("acme", os.path.basename(acme_path))
kept = json.load(open(code_check.RESULTS + "/acme.json"))
result = [kept["intact"], kept["paths"], kept["inode"] == os.stat(acme_path).st_ino, kept["at"][-1], oct(os.stat(code_check.RESULTS + "/acme.json").st_mode & 0o777)]`);
  expect(result).toEqual([true, [], true, 'Z', '0o600']);
});
