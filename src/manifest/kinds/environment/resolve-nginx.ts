import type {
  DesiredLocation,
  DesiredNginx,
  Lifetime,
  ResponseHeaders,
} from '../../../fleet/desired-nginx.ts';
import { parseDurationMs } from '../../resolve/units.ts';
import { phpBytes } from './setting-value.ts';
import type { LocationSpec, NginxSpec } from './spec.ts';

/** `bodySize` is the largest request. The order of maps in the manifest has no meaning, so it must not change a digest. */
export function resolveNginx(bodySize: string, spec: NginxSpec = {}): DesiredNginx {
  return {
    maxBodyBytes: phpBytes(bodySize) ?? 0,
    headers: headersOf(spec.headers),
    allow: spec.allow ?? [],
    deny: spec.deny ?? [],
    xmlrpc: spec.xmlrpc ?? 'deny',
    lifetimes: Object.fromEntries(
      sorted(spec.lifetimes).map(([extension, lifetime]) => [extension, lifetimeOf(lifetime)]),
    ),
    locations: sorted(spec.locations).flatMap(([path, location]) =>
      location === false ? [] : [locationOf(path, location)],
    ),
    serverSnippet: spec.serverSnippet ?? null,
  };
}

function headersOf(headers: NginxSpec['headers']): ResponseHeaders {
  return Object.fromEntries(sorted(headers).map(([name, value]) => [name, value === false ? null : value]));
}

const secondsOfDay = 86_400;

function lifetimeOf(lifetime: string): Lifetime {
  if (lifetime === 'off') return null;
  if (lifetime.endsWith('d')) return Number(lifetime.slice(0, -1)) * secondsOfDay;
  return (parseDurationMs(lifetime) ?? 0) / 1000;
}

function locationOf(path: string, spec: LocationSpec): DesiredLocation {
  const { answer } = spec;
  return {
    path,
    match: spec.match ?? 'prefix',
    headers: headersOf(spec.headers),
    allow: spec.allow ?? [],
    deny: spec.deny ?? [],
    ...(spec.lifetime === undefined ? {} : { lifetime: lifetimeOf(spec.lifetime) }),
    answer:
      answer === undefined
        ? null
        : {
            status: answer.status,
            text: answer.text ?? '',
            contentType: answer.contentType ?? 'text/plain',
          },
  };
}

function sorted<T>(record: Readonly<Record<string, T>> = {}): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
