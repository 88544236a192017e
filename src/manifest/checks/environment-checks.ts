import type { Json } from '../../fleet/digest.ts';
import { type DiagnosticCode, diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { entriesAt, stringAt, textsAt, valueAt } from '../plain.ts';
import { constantFault } from './constant-rules.ts';
import { staysInItsBlock } from './nginx-rules.ts';
import { phpIniFault } from './php-ini-rules.ts';

/** Checks of what an environment and the defaults of a site have in common; `root` is where the settings are. */
export function settingsChecks(value: Json, root: readonly string[]): FieldProblem[] {
  const settings = valueAt(value, ...root);
  return [
    ...forbiddenKeys(settings, [...root], ['php', 'ini'], diagnosticCodes.phpIniNotAllowed, phpIniFault),
    ...forbiddenKeys(
      settings,
      [...root],
      ['wordpress', 'constants'],
      diagnosticCodes.constantNotAllowed,
      constantFault,
    ),
    ...passwordChecks(settings, root),
    ...snippetChecks(settings, root),
  ];
}

function forbiddenKeys(
  settings: Json | undefined,
  root: readonly string[],
  field: readonly string[],
  code: DiagnosticCode,
  faultOf: (key: string) => string | undefined,
): FieldProblem[] {
  return entriesAt(settings, ...field).flatMap(([key]) => {
    const message = faultOf(key);
    return message === undefined
      ? []
      : [{ code, message, path: [...root, ...field, key], at: 'key' as const }];
  });
}

/** crypt(3) forms that nginx and Debian's libcrypt check, and nginx's own {SHA}: https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html */
const passwordHash =
  /^(\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}|\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$5\$(rounds=\d{4,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}|\$6\$(rounds=\d{4,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}|\{SHA\}[A-Za-z0-9+/]{27}=)$/;

/** The message never shows the value: it may be the password. */
function passwordChecks(settings: Json | undefined, root: readonly string[]): FieldProblem[] {
  const field = ['access', 'basicAuth', 'passwordHash'];
  const hash = stringAt(settings, ...field);
  if (hash === undefined || passwordHash.test(hash)) return [];
  return [
    {
      code: diagnosticCodes.passwordNotHashed,
      message: 'passwordHash is not a password hash',
      path: [...root, ...field],
      at: 'value',
      expected: 'the output of "htpasswd -nB <user>" after the colon, e.g. $2y$10$…',
    },
  ];
}

function snippetChecks(settings: Json | undefined, root: readonly string[]): FieldProblem[] {
  const field = ['nginx', 'serverSnippet'];
  const snippet = stringAt(settings, ...field);
  if (snippet === undefined || staysInItsBlock(snippet)) return [];
  const message = 'the braces or quotes of the nginx snippet are not balanced';
  return [{ code: diagnosticCodes.snippetEscapes, message, path: [...root, ...field], at: 'key' }];
}

/** Host names of one environment that contradict each other. */
export function environmentChecks(value: Json): FieldProblem[] {
  const seen = new Set<string>();
  return claimedDomains(value).flatMap(({ domain, path }) => {
    const again = seen.has(domain);
    seen.add(domain);
    const message = `${quoted(domain)} is named twice in this environment`;
    return again ? [{ code: diagnosticCodes.domainUnusable, message, path, at: 'value' as const }] : [];
  });
}

export interface ClaimedDomain {
  readonly domain: string;
  readonly path: readonly string[];
}

/** Every host name that an environment answers to or redirects, with its place. */
export function claimedDomains(value: Json): ClaimedDomain[] {
  const root = ['spec', 'domains'];
  const claimed: ClaimedDomain[] = [];
  const primary = stringAt(value, ...root, 'primary');
  if (primary !== undefined) claimed.push({ domain: primary, path: [...root, 'primary'] });
  for (const [index, alias] of textsAt(value, ...root, 'aliases')) {
    claimed.push({ domain: alias, path: [...root, 'aliases', String(index)] });
  }
  const redirects = valueAt(value, ...root, 'redirects');
  for (const [index, redirect] of (Array.isArray(redirects) ? redirects : []).entries()) {
    const from = stringAt(redirect, 'from');
    if (from === undefined || from.startsWith('/')) continue;
    claimed.push({ domain: from, path: [...root, 'redirects', String(index), 'from'] });
  }
  return claimed;
}
