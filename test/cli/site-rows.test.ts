import { expect, it } from 'vitest';
import { type RecordedSite, siteRows } from '../../src/cli/site-rows.ts';

const now = Date.parse('2026-11-30T10:00:00Z');
const site: RecordedSite = {
  wordpressVersion: '7.1.1',
  phpVersion: '8.2',
  plugins: { akismet: '5.5', shop: '2.0', idle: '1.0' },
  activePlugins: ['akismet', 'hello.php', 'shop'],
  activeTheme: 'acme',
  title: 'Acme',
  adminEmail: 'a@acme.example',
  locale: 'de_DE',
  databaseVersion: '60421',
  frontPage: { state: 'ok', status: 200, message: '', at: '2026-11-30T08:00:00Z' },
  code: { intact: true, paths: [], at: '2026-11-30T09:59:50Z' },
};

it('shows what WordPress says of itself, and each check with its age', () => {
  expect(siteRows(site, now)).toEqual([
    'title             Acme',
    'theme             acme',
    'plugins           akismet 5.5, hello.php, shop 2.0; not active: idle',
    'language          de_DE',
    'admin e-mail      a@acme.example',
    'database version  60421',
    'front page        answers with HTTP 200, since 2 h ago',
    'code              as in its artifacts, just now',
  ]);
});

it('shows what is wrong, and leaves out what is unknown', () => {
  const unknown = {
    activePlugins: null,
    activeTheme: null,
    adminEmail: null,
    locale: null,
    databaseVersion: null,
  };
  const frontPage = {
    state: 'fatal',
    status: 500,
    message: 'PHP Fatal error: x',
    at: '2026-11-30T09:00:00Z',
  } as const;
  const code = { intact: false, paths: ['index.php', 'a.php'], at: '2026-11-30T09:00:00Z' };
  expect(siteRows({ ...site, ...unknown, title: 'A\u001b[31m', frontPage, code }, now)).toEqual([
    'title             A␛[31m',
    'front page        ends in an error: PHP Fatal error: x, since 1 h ago',
    'code              differs from its artifacts: index.php, a.php, since 1 h ago',
  ]);
  expect(siteRows(null, now)).toEqual([]);
});
