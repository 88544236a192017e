import type { Json } from '../../../fleet/digest.ts';
import { notAppliedWhy } from '../../../fleet/not-applied.ts';
import { type DiagnosticCode, diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { entriesAt, stringAt, valueAt } from '../../plain.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { constantFault } from './constant-rules.ts';
import { nginxChecks } from './nginx-checks.ts';
import { phpIniFault } from './php-ini-rules.ts';

/** Checks of the settings that an environment and the defaults of a site share; `root` is the path of the settings. */
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
    ...nginxChecks(settings, root),
    ...settingsNotes(settings, root),
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

function settingsNotes(settings: Json | undefined, root: readonly string[]): FieldProblem[] {
  const notes: FieldProblem[] = [];
  const note = (path: readonly string[], why: string) => notes.push(notSupportedYet([...root, ...path], why));
  const mode = stringAt(settings, 'tls', 'mode');
  if (mode === 'acme' || mode === 'provided') note(['tls', 'mode'], notAppliedWhy.tls);
  const scrub = stringAt(settings, 'scrub');
  if (scrub === 'users' || scrub === 'commerce') note(['scrub'], notAppliedWhy.scrub);
  if (stringAt(settings, 'backups', 'policy') !== undefined)
    note(['backups', 'policy'], notAppliedWhy.backups);
  if (stringAt(settings, 'deletionPolicy') === 'backup-then-delete')
    note(['deletionPolicy'], notAppliedWhy.finalBackup);
  const locale = stringAt(settings, 'wordpress', 'locale');
  if (locale !== undefined && locale !== 'en_US') note(['wordpress', 'locale'], notAppliedWhy.locale);
  return notes;
}
