import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** One Debian archive of this host, mapped to the release of the lab's images. */
export interface AptSource {
  /** As the host fetches it: http or https, without a trailing slash. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

interface RawSource {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string;
}

/**
 * The Debian archives among the apt sources below `aptDir` (`/etc/apt`), in both formats of sources.list(5), with their
 * suites moved to `codename`. Fails with `PL3020` when there is none.
 */
export async function readDebianSources(
  codename: string,
  aptDir = '/etc/apt',
): Promise<readonly AptSource[]> {
  const raw: RawSource[] = [];
  raw.push(...parseOneLine(await readText(join(aptDir, 'sources.list'))));
  const parts = await readdir(join(aptDir, 'sources.list.d')).catch(() => []);
  for (const name of parts.toSorted()) {
    const text = await readText(join(aptDir, 'sources.list.d', name));
    if (name.endsWith('.sources')) raw.push(...parseDeb822(text));
    else if (name.endsWith('.list')) raw.push(...parseOneLine(text));
  }
  const sources = raw.filter(isDebianArchive).flatMap((source) => toRelease(source, codename));
  if (!sources.some((source) => source.suites.includes(codename))) {
    throw new PressluftError(
      errors.labUnsupported,
      'No Debian archive is among the apt sources of this host',
      {
        hint: `The lab's machines run Debian ${codename}: add a Debian mirror to ${aptDir}/sources.list.d.`,
      },
    );
  }
  return sources;
}

/** The archive that holds the release itself, for debootstrap. */
export function mainArchive(sources: readonly AptSource[], codename: string): string {
  const main = sources.find((source) => source.suites.includes(codename));
  if (main === undefined) throw new PressluftError(errors.labUnsupported, `No archive holds ${codename}`);
  return main.uri;
}

/** sources.list for a machine: always plain http, so that the proxy can cache what it fetched. */
export function renderSourcesList(sources: readonly AptSource[]): string {
  const line = ({ uri, suites, components }: AptSource, suite: string): string =>
    suites.includes(suite) ? `deb ${uri.replace(/^https:/, 'http:')} ${suite} ${components.join(' ')}\n` : '';
  return sources.flatMap((source) => source.suites.map((suite) => line(source, suite))).join('');
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

export function parseOneLine(text: string): readonly RawSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(deb)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, type = '', options = '', uri = '', suite = '', components = ''] = match;
    return [
      { types: [type], uris: [uri], suites: [suite], components: words(components), signedBy: options },
    ];
  });
}

export function parseDeb822(text: string): readonly RawSource[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const field of stanza.split(/\n(?=\S)/)) {
      const colon = field.indexOf(':');
      if (colon > 0) fields.set(field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim());
    }
    if (fields.get('enabled')?.toLowerCase() === 'no') return [];
    return [
      {
        types: words(fields.get('types') ?? ''),
        uris: words(fields.get('uris') ?? ''),
        suites: words(fields.get('suites') ?? ''),
        components: words(fields.get('components') ?? ''),
        signedBy: fields.get('signed-by') ?? '',
      },
    ];
  });
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** An archive of Debian itself is known by its key or by its conventional path. */
function isDebianArchive(source: RawSource): boolean {
  if (!source.types.includes('deb') || !source.components.includes('main')) return false;
  if (source.signedBy.includes('debian-archive-keyring')) return true;
  return source.uris.some((uri) => /\/debian(-security)?\/?$/.test(uri));
}

function toRelease(source: RawSource, codename: string): readonly AptSource[] {
  const moved = source.suites.flatMap((suite) => {
    const variant = /^[a-z]+(-updates|-security)?$/.exec(suite);
    return variant === null ? [] : [`${codename}${variant[1] ?? ''}`];
  });
  const suites = [...new Set(moved)];
  if (suites.length === 0) return [];
  return source.uris
    .filter((uri) => /^https?:\/\//.test(uri))
    .map((uri) => ({ uri: uri.replace(/\/+$/, ''), suites, components: source.components }));
}
