import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { runTool } from '../machines/run-tool.ts';

/*
 * The npm package wp-studio contains a complete WordPress with wp-cli; it is only unpacked, none of its code is run. Its
 * digest is the registry's `dist.integrity` for that version.
 */
const studioPackage = 'wp-studio@1.22.0';
const studioSha512 =
  'boMtahkhgWDKKyNTBA1uTK5ghnAmxXhDY6KeQCO9FmcI3/o+YOSq8JwYW5ZYnxHCxH14Jf/mD6CJTBvTWl2Ytw==';
const studioMembers = ['latest/wordpress', 'wp-cli', 'wordpress-importer'];
const studioPrefix = 'package/dist/cli/wp-files';

/** Debian's WordPress, with the packages whose files it links to. */
const debianPackages = [
  'wordpress',
  'wordpress-theme-twentytwentyone',
  'wordpress-theme-twentytwentytwo',
  'wordpress-theme-twentytwentythree',
  'libjs-cropper',
  'libjs-underscore',
  'php-getid3',
];

/** Unpacks the npm package's WordPress files into `dir`: `latest/wordpress`, `wp-cli`, `wordpress-importer`. */
export async function fetchStudioFiles(dir: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(dir, { recursive: true });
  try {
    await runTool('npm', ['pack', studioPackage, '--silent', '--ignore-scripts', '--pack-destination', dir], {
      env: npmEnvironment(),
      timeoutMs: 600_000,
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    throw new PressluftError(
      errors.labFailed,
      `npm could not fetch ${studioPackage}: ${(cause as Error).message}`,
      {
        cause,
        hint: 'The lab takes WordPress from that package; check that npm can reach its registry.',
      },
    );
  }
  const tarball = await onlyFile(dir, '.tgz');
  const digest = await sha512(tarball);
  if (digest !== studioSha512) {
    throw new PressluftError(errors.labFailed, `${studioPackage} is not the known file (sha512 ${digest})`);
  }
  const members = studioMembers.map((member) => `${studioPrefix}/${member}`);
  const depth = studioPrefix.split('/').length;
  await runTool(
    'tar',
    ['-xzf', tarball, '-C', dir, `--strip-components=${depth}`, '--no-same-owner', ...members],
    {
      timeoutMs: 300_000,
      ...(signal ? { signal } : {}),
    },
  );
  await rm(tarball);
}

/** Unpacks Debian's WordPress into `dir` as a file system tree (`usr/share/wordpress`, …). */
export async function fetchDebianFiles(dir: string, signal: AbortSignal | undefined): Promise<void> {
  const downloads = join(dir, 'debs');
  await mkdir(downloads, { recursive: true });
  const download = () =>
    runTool(
      'env',
      [
        `--chdir=${downloads}`,
        'apt-get',
        '--quiet',
        '--option=APT::Sandbox::User=root',
        'download',
        ...debianPackages,
      ],
      { env: proxyEnvironment(), timeoutMs: 300_000, ...(signal ? { signal } : {}) },
    );
  try {
    await download().catch(async () => {
      await runTool('apt-get', ['-q', 'update'], { env: proxyEnvironment(), timeoutMs: 300_000 });
      return download();
    });
  } catch (cause) {
    throw new PressluftError(
      errors.labFailed,
      `apt-get could not fetch Debian's WordPress: ${(cause as Error).message}`,
      {
        cause,
        hint: 'The lab takes an older WordPress from the Debian archive; it needs apt and its sources.',
      },
    );
  }
  for (const name of (await readdir(downloads)).toSorted()) {
    await runTool('dpkg-deb', ['-x', join(downloads, name), dir], { timeoutMs: 120_000 });
  }
  await rm(downloads, { recursive: true });
}

function npmEnvironment(): Record<string, string> {
  const kept = /^(?:npm_config_.*|HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/i;
  return { ...proxyEnvironment(), ...pick(kept), PATH: searchPath() };
}

function proxyEnvironment(): Record<string, string> {
  return pick(/^(?:https?_proxy|no_proxy|all_proxy)$/i);
}

function pick(pattern: RegExp): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => pattern.test(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** npm may be installed by a version manager: the caller's PATH finds it, without this project's own binaries. */
function searchPath(): string {
  const parts = (process.env.PATH ?? '').split(delimiter);
  return parts.filter((part) => part !== '' && !part.endsWith('node_modules/.bin')).join(delimiter);
}

async function onlyFile(dir: string, extension: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(extension));
  const name = names[0];
  if (name === undefined || names.length > 1) {
    throw new PressluftError(
      errors.labFailed,
      `expected one ${extension} file in ${dir}, found ${names.length}`,
    );
  }
  return join(dir, name);
}

async function sha512(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}
