import {
  frontPageStates,
  type ObservedCode,
  type ObservedFrontPage,
  type ObservedSite,
} from '../../fleet/observed-site.ts';
import {
  type Codec,
  flag,
  list,
  mapped,
  number,
  object,
  oneOf,
  optional,
  required,
  text,
  usually,
} from './codec.ts';

/** RFC 3339. */
const since = required(text);

const frontPage: Codec<ObservedFrontPage> = mapped(
  object({
    state: required(oneOf(frontPageStates)),
    status: usually(number, null),
    message: usually(text, ''),
    since,
  }),
  ({ since: at, ...rest }) => ({ ...rest, at }),
  ({ at, ...rest }) => ({ ...rest, since: at }),
);

const code: Codec<ObservedCode> = mapped(
  object({ intact: required(flag), paths: usually(list(text), []), since }),
  ({ since: at, ...rest }) => ({ ...rest, at }),
  ({ at, ...rest }) => ({ ...rest, since: at }),
);

/** What WordPress says of itself. Results of checks are recorded with the time since when they are the same, so that a repeated check changes nothing. */
export const siteObservation: Codec<ObservedSite> = object({
  activePlugins: usually(list(text), null),
  activeTheme: usually(text, null),
  themeMissing: optional(flag),
  title: usually(text, null),
  adminEmail: usually(text, null),
  locale: usually(text, null),
  databaseVersion: usually(text, null),
  frontPage: usually(frontPage, null),
  code: usually(code, null),
});

/** The observation to record after `before`. A site that could not be read keeps what is recorded. */
export function siteSince(before: ObservedSite | null, seen: ObservedSite | null): ObservedSite | null {
  if (seen === null) return before;
  return {
    ...seen,
    frontPage: frontPageSince(before?.frontPage ?? null, seen.frontPage),
    code: codeSince(before?.code ?? null, seen.code),
  };
}

/** A converge voids failing results, so a failure does not outlive its result. */
function frontPageSince(before: ObservedFrontPage | null, seen: ObservedFrontPage | null) {
  if (seen === null) return before?.state === 'ok' ? before : null;
  return before?.state === seen.state && before.status === seen.status ? before : seen;
}

function codeSince(before: ObservedCode | null, seen: ObservedCode | null) {
  if (seen === null) return before?.intact === true ? before : null;
  const isSame = before?.intact === seen.intact && before.paths.join('\n') === seen.paths.join('\n');
  return isSame ? before : seen;
}

/** A record of a site without results that do not justify a commit: that a check was made for the first time, and found nothing. */
export function withoutGoodResults(site: unknown): unknown {
  const found = siteObservation.read(site);
  if (found === undefined) return site;
  return siteObservation.write({
    ...found,
    frontPage: found.frontPage?.state === 'ok' ? null : found.frontPage,
    code: found.code?.intact === true ? null : found.code,
  });
}
