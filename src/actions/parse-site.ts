import type { JsonReader } from '../fleet/json-reader.ts';
import {
  frontPageStates,
  type ObservedCode,
  type ObservedFrontPage,
  type ObservedSite,
} from '../fleet/observed-site.ts';

const maxPlugins = 200;
const maxPaths = 20;

/** What a node says of a site, field by field; null when it says nothing. */
export function parseSite(site: JsonReader): ObservedSite | null {
  if (site.kind !== 'mapping') return null;
  const plugins = site.at('activePlugins');
  return {
    activePlugins:
      plugins.kind === 'list' ? [...texts(plugins, maxPlugins, 200)].sort((a, b) => (a < b ? -1 : 1)) : null,
    activeTheme: site.at('activeTheme').text(128),
    ...(site.at('themeMissing').flag() ? { themeMissing: true } : {}),
    title: site.at('title').text(300),
    adminEmail: site.at('adminEmail').text(254),
    locale: site.at('locale').text(20),
    databaseVersion: site.at('databaseVersion').text(20),
    frontPage: parseFrontPage(site.at('frontPage')),
    code: parseCode(site.at('code')),
  };
}

function parseFrontPage(page: JsonReader): ObservedFrontPage | null {
  const state = page.at('state').oneOf(frontPageStates);
  const at = time(page.at('at'));
  if (state === null || at === null) return null;
  return { state, status: page.at('status').integer(), message: page.at('message').text(300) ?? '', at };
}

function parseCode(code: JsonReader): ObservedCode | null {
  const intact = code.at('intact');
  const at = time(code.at('at'));
  if (intact.kind !== 'flag' || at === null) return null;
  return { intact: intact.flag(), paths: texts(code.at('paths'), maxPaths, 300), at };
}

function texts(value: JsonReader, maxItems: number, maxLength: number): readonly string[] {
  return value.list(maxItems).flatMap((item) => item.text(maxLength) ?? []);
}

function time(value: JsonReader): string | null {
  const text = value.text(30);
  return text !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? text : null;
}
