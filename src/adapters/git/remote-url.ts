import { isAbsolute } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** Location of the remote repository, without credentials; `url` is safe to print and is passed to Git. */
export type RemoteUrl =
  | { readonly kind: 'http'; readonly url: string; readonly userInfo: UserInfo | null }
  | { readonly kind: 'ssh'; readonly url: string }
  | { readonly kind: 'local'; readonly url: string; readonly path: string };

export interface UserInfo {
  readonly username: string;
  readonly password: string;
}

// ssh reads a host or user that begins with `-` as an option (CVE-2017-1000117).
const sshWord = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const sshHost = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[?[0-9A-Fa-f:]+\]?)$/;
const scpLike = /^([^\s/:@]+)@([^\s/:]+):([^\s:][^\0\n]*)$/;

/** Parses the URL of a remote: http(s), ssh, `user@host:path`, file URLs and absolute paths. Throws PL2002 for anything else. */
export function parseRemoteUrl(text: string): RemoteUrl {
  if (/\p{Cc}/u.test(text)) throw invalid('it contains control characters');
  if (isAbsolute(text)) return { kind: 'local', url: text, path: text };

  const scp = scpLike.exec(text);
  if (scp !== null && !text.includes('://')) {
    const [, user = '', host = '', path = ''] = scp;
    if (!sshWord.test(user) || !sshHost.test(host)) throw invalid('its user or host has odd characters');
    if (path.startsWith('-')) throw invalid('its path begins with "-"');
    return { kind: 'ssh', url: text };
  }

  const url = URL.parse(text);
  switch (url?.protocol) {
    case 'http:':
    case 'https:':
      return parseHttp(url);
    case 'ssh:':
      return parseSsh(url);
    case 'file:':
      return parseFile(url);
    default:
      throw invalid('it is not of a supported form');
  }
}

function parseHttp(url: URL): RemoteUrl {
  const userInfo =
    url.username === '' && url.password === ''
      ? null
      : { username: decoded(url.username), password: decoded(url.password) };
  if (url.search !== '' || url.hash !== '') throw invalid('it has a query or a fragment');
  url.username = '';
  url.password = '';
  return { kind: 'http', url: url.href.replace(/\/+$/, ''), userInfo };
}

function parseSsh(url: URL): RemoteUrl {
  if (url.password !== '') throw invalid('an ssh URL cannot carry a password');
  if (url.username !== '' && !sshWord.test(url.username)) throw invalid('its user has odd characters');
  if (!sshHost.test(url.hostname)) throw invalid('its host has odd characters');
  if (url.pathname.length < 2 || url.pathname.startsWith('/-')) throw invalid('its path is not usable');
  return { kind: 'ssh', url: url.href };
}

function parseFile(url: URL): RemoteUrl {
  if (url.hostname !== '' && url.hostname !== 'localhost') throw invalid('a file URL cannot name a host');
  if (url.pathname.startsWith('//') || /%2f/i.test(url.pathname)) throw invalid('its path is not usable');
  const path = decoded(url.pathname);
  return { kind: 'local', url: path, path };
}

function decoded(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    throw invalid('a percent sign in it is not followed by two hexadecimal digits');
  }
  if (/\p{Cc}/u.test(plain)) throw invalid('it contains control characters');
  return plain;
}

function invalid(reason: string): PressluftError {
  return new PressluftError(errors.settingInvalid, `The URL of the Git repository is not valid: ${reason}`, {
    hint: 'Use https://host/path, ssh://user@host/path, user@host:path, or the absolute path of a repository.',
  });
}
