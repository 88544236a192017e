import { sha256Hex } from '../../../src/fleet/digest.ts';
import {
  cronFile,
  passwordFile,
  phpConfig,
  phpUnits,
  siteFile,
  snippetFile,
  wpConfigFile,
} from './layout.ts';
import type { Slot } from './machine.ts';
import type { Wanted } from './module.ts';

/** SHA-256 of the contents of managed files by path; null for a file that must not exist. */
export type Contents = ReadonlyMap<string, string | null>;

/** The host, its snippet and the PHP master of an environment, which are tested before activation. */
export function candidate(wanted: Wanted, contentVersion: string): Contents {
  const { name, state, hosts, access, php, site_url: url } = wanted;
  const running = state === 'running';
  const snippet = running ? wanted.nginx.server_snippet : null;
  const { pool } = php;
  const host = [
    contentVersion,
    name,
    hosts,
    state,
    access.noindex,
    access.basic_auth !== null,
    running ? { ...wanted.nginx, server_snippet: snippet !== null } : wanted.nginx.headers,
    url,
  ];
  const contents = new Map<string, string | null>([
    [siteFile(name), sha(host, running ? [php.version, pool.request_terminate_timeout_seconds] : [])],
    [snippetFile(name), snippet === null ? null : sha(snippet)],
  ]);
  for (const path of phpUnits(name)) contents.set(path, sha(path, php, wanted.resources, wanted.unix_user));
  contents.set(phpConfig(name), running ? sha(name, php) : null);
  return contents;
}

export function passwords({ name, access }: Wanted): readonly [path: string, content: string | null] {
  return [passwordFile(name), access.basic_auth === null ? null : sha(access.basic_auth)];
}

export function wpConfig(wanted: Wanted, secrets: number): readonly [path: string, content: string] {
  const { name, type, cache, site_url: url, wordpress } = wanted;
  return [wpConfigFile(name), sha(name, type, cache, url, wordpress.constants, secrets)];
}

export function cron({ name, state, php }: Wanted): readonly [path: string, content: string | null] {
  return [cronFile(name), state === 'stopped' ? null : sha(name, php.version)];
}

/** Files that differ from their expected content. */
export function differing(slot: Slot | undefined, contents: Contents): readonly string[] {
  return [...contents]
    .filter(([path, content]) => (slot?.files.get(path) ?? null) !== content)
    .map(([path]) => path);
}

export function put(slot: Slot, path: string, content: string | null): void {
  if (content === null) slot.files.delete(path);
  else slot.files.set(path, content);
}

function sha(...parts: readonly unknown[]): string {
  return sha256Hex(JSON.stringify(parts));
}
