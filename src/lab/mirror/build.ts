import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { withFileLock } from '../machines/file-lock.ts';
import { writeTarGz, writeZip } from './archive-writer.ts';
import type { Artifact, MirrorCatalogue } from './catalogue.ts';
import { readPharEntry } from './phar.ts';
import { collectFiles, type SourceFile } from './source-files.ts';
import { fetchDebianFiles, fetchStudioFiles } from './sources.ts';

/** Part of the directory's name, so that a mirror built by other rules is not used. */
const layoutVersion = 2;

export interface MirrorBuildOptions {
  readonly cacheDir: string;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the directory of the mirror's files and its `catalogue.json`. Builds it when it is missing: the files are fetched,
 * repacked and put in place by one rename, under a lock so that two labs do not build it twice.
 */
export async function buildMirror(options: MirrorBuildOptions): Promise<string> {
  const dir = join(options.cacheDir, `mirror-v${layoutVersion}`);
  if (await isComplete(dir)) return dir;
  await mkdir(options.cacheDir, { recursive: true });
  return withFileLock(
    `${dir}.lock`,
    async () => {
      if (await isComplete(dir)) return dir;
      // Only the holder of the lock is here, so other files were left by a build that died.
      const work = `${dir}.build`;
      await rm(work, { recursive: true, force: true });
      await mkdir(join(work, 'out'), { recursive: true });
      try {
        await fill(work, options);
        await rename(join(work, 'out'), dir);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
      return dir;
    },
    options.signal,
  );
}

async function isComplete(dir: string): Promise<boolean> {
  return readFile(join(dir, 'catalogue.json')).then(
    () => true,
    () => false,
  );
}

type Versions = Record<string, Artifact>;

async function fill(work: string, options: MirrorBuildOptions): Promise<void> {
  const out = join(work, 'out');
  const studio = join(work, 'studio');
  const debian = join(work, 'debian');
  options.onProgress('fetching WordPress and wp-cli');
  await fetchStudioFiles(studio, options.signal);
  options.onProgress('fetching an older WordPress');
  await fetchDebianFiles(debian, options.signal);

  options.onProgress('packing the artifact mirror');
  const current = await collectFiles(join(studio, 'latest/wordpress'), studio);
  const older = await debianWordPress(debian, join(studio, 'latest/wordpress'));
  const wordpress: Versions = {};
  const plugins: Record<string, Versions> = {};
  const themes: Record<string, Versions> = {};
  for (const files of [current, older]) {
    const version = await wordPressVersion(files);
    wordpress[version] = await pack(out, `/release/wordpress-${version}.tar.gz`, 'wordpress', files, version);
    await writeChecksums(join(out, 'checksums', `${version}.json`), files);
    await packExtensions(out, files, plugins, themes);
  }
  const importer = await collectFiles(join(studio, 'wordpress-importer'), studio);
  await packExtension(out, 'plugin', 'wordpress-importer', importer, 'wordpress-importer.php', plugins);
  const wpCli = await copyWpCli(out, join(studio, 'wp-cli/wp-cli.phar'));

  const catalogue: MirrorCatalogue = { wordpress, plugins, themes, wpCli };
  await writeFile(join(out, 'catalogue.json'), `${JSON.stringify(catalogue, null, 2)}\n`);
}

/**
 * Debian's tree as upstream ships it: links replaced by the linked files, without Debian's own configuration. Debian links
 * to the host's CA bundle; that file is taken from the newer WordPress.
 */
async function debianWordPress(debian: string, newer: string): Promise<readonly SourceFile[]> {
  const bundle = 'wp-includes/certificates/ca-bundle.crt';
  const skipped = new Set(['wp-config.php', '.htaccess', bundle]);
  const files = await collectFiles(join(debian, 'usr/share/wordpress'), debian, (path) => skipped.has(path));
  const own: SourceFile[] = [
    { path: bundle, source: join(newer, bundle) },
    { path: 'wp-content/index.php', source: join(newer, 'wp-content/index.php') },
  ];
  const missing = own.filter(({ path }) => !files.some((file) => file.path === path));
  return [...files, ...missing].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function packExtensions(
  out: string,
  files: readonly SourceFile[],
  plugins: Record<string, Versions>,
  themes: Record<string, Versions>,
): Promise<void> {
  for (const { slug, inside } of groupBySlug(files, 'wp-content/plugins/')) {
    await packExtension(out, 'plugin', slug, inside, `${slug}.php`, plugins);
  }
  for (const { slug, inside } of groupBySlug(files, 'wp-content/themes/')) {
    await packExtension(out, 'theme', slug, inside, 'style.css', themes);
  }
  // Hello Dolly is a single file in WordPress and a directory in the plugin directory.
  const hello = files.find(({ path }) => path === 'wp-content/plugins/hello.php');
  if (hello) {
    await packExtension(
      out,
      'plugin',
      'hello-dolly',
      [{ ...hello, path: 'hello.php' }],
      'hello.php',
      plugins,
    );
  }
}

function groupBySlug(
  files: readonly SourceFile[],
  prefix: string,
): readonly { slug: string; inside: readonly SourceFile[] }[] {
  const slugs = new Map<string, SourceFile[]>();
  for (const { path, source } of files) {
    if (!path.startsWith(prefix)) continue;
    const [slug = '', ...rest] = path.slice(prefix.length).split('/');
    if (rest.length === 0) continue;
    const inside = slugs.get(slug) ?? [];
    inside.push({ path: rest.join('/'), source });
    slugs.set(slug, inside);
  }
  return [...slugs].map(([slug, inside]) => ({ slug, inside }));
}

async function packExtension(
  out: string,
  kind: 'plugin' | 'theme',
  slug: string,
  files: readonly SourceFile[],
  headerFile: string,
  into: Record<string, Versions>,
): Promise<void> {
  const header = files.find(({ path }) => path === headerFile);
  const text = header ? await readFile(header.source, 'utf8') : '';
  const version = /^[ \t/*#@]*Version:\s*([0-9][0-9A-Za-z.-]*)/im.exec(text)?.[1];
  if (version === undefined)
    throw new PressluftError(errors.labFailed, `${kind} ${slug} has no version in ${headerFile}`);
  const versions = into[slug] ?? {};
  versions[version] = await pack(out, `/${kind}/${slug}.${version}.zip`, slug, files, version);
  into[slug] = versions;
}

async function pack(
  out: string,
  path: string,
  top: string,
  files: readonly SourceFile[],
  version: string,
): Promise<Artifact> {
  const target = join(out, path);
  await mkdir(dirname(target), { recursive: true });
  const write = path.endsWith('.zip') ? writeZip : writeTarGz;
  return { path, ...(await write(target, top, files, releaseTime(`${top}-${version}`))) };
}

/**
 * A fixed time for each release, different between releases: PHP's opcache detects a changed file by its time stamp, so two
 * versions must not share one. Even seconds, because zip stores no odd ones.
 */
function releaseTime(release: string): number {
  const start = Date.UTC(2025, 0, 1) / 1000;
  const spread = createHash('sha256').update(release).digest().readUInt32BE(0) % (300 * 86_400);
  return start + spread - (spread % 2);
}

async function wordPressVersion(files: readonly SourceFile[]): Promise<string> {
  const file = files.find(({ path }) => path === 'wp-includes/version.php');
  const text = file ? await readFile(file.source, 'utf8') : '';
  const version = /^\$wp_version = '([0-9][0-9A-Za-z.-]*)';/m.exec(text)?.[1];
  if (version === undefined) throw new PressluftError(errors.labFailed, 'a WordPress tree has no version');
  return version;
}

/** MD5 per file, as https://api.wordpress.org/core/checksums/1.0/ answers. */
async function writeChecksums(target: string, files: readonly SourceFile[]): Promise<void> {
  const checksums: Record<string, string> = {};
  for (const { path, source } of files) {
    checksums[path] = createHash('md5')
      .update(await readFile(source))
      .digest('hex');
  }
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, JSON.stringify({ checksums }));
}

async function copyWpCli(out: string, source: string): Promise<Versions> {
  const content = await readFile(source);
  const version = readPharEntry(content, 'vendor/wp-cli/wp-cli/VERSION')?.toString('utf8').trim();
  if (version === undefined)
    throw new PressluftError(errors.labFailed, 'the version of wp-cli cannot be read');
  const path = `/wp-cli/wp-cli-${version}.phar`;
  await mkdir(join(out, 'wp-cli'), { recursive: true });
  await copyFile(source, join(out, path));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { [version]: { path, sha256, sizeBytes: content.length } };
}
