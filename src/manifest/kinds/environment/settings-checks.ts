import type { Json } from '../../../fleet/digest.ts';
import { notAppliedWhy } from '../../../fleet/not-applied.ts';
import { type DiagnosticCode, diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { entriesAt, stringAt, valueAt } from '../../plain.ts';
import { notSupportedYet } from '../not-supported-yet.ts';
import { nginxChecks } from './nginx-checks.ts';
import { constantFault, isPlainIni, phpIniFault, type SettingFault } from './setting-rules.ts';

/** Checks of the settings that an environment and the defaults of a site share; `root` is the path of the settings. */
export function settingsChecks(value: Json, root: readonly string[]): FieldProblem[] {
  const settings = valueAt(value, ...root);
  return [
    ...valueChecks(settings, root),
    ...passwordChecks(settings, root),
    ...nginxChecks(settings, root),
    ...settingsNotes(settings, root),
  ];
}

/** Of settings whose names need no permission; the others are checked with the node, see `settingPermissionChecks`. */
function valueChecks(settings: Json | undefined, root: readonly string[]): FieldProblem[] {
  return settingFaults(settings, root).filter(({ code }) => code !== diagnosticCodes.settingUnknown);
}

/** All findings about php.ini settings and constants; `allowed` are the names that the node allows in addition. */
export function settingFaults(
  settings: Json | undefined,
  root: readonly string[],
  allowed: readonly string[] = [],
): FieldProblem[] {
  return [
    ...faultsIn(settings, [...root, 'php', 'ini'], (name, value) => phpIniFault(name, value, allowed)),
    ...faultsIn(settings, [...root, 'wordpress', 'constants'], (name, value) =>
      constantFault(name, value, allowed),
    ),
  ];
}

function faultsIn(
  settings: Json | undefined,
  path: readonly string[],
  faultOf: (name: string, value: Json) => SettingFault | undefined,
): FieldProblem[] {
  const field = path.slice(-2);
  return entriesAt(settings, ...field).flatMap(([name, value]) => {
    const fault = isReported(value, field) ? undefined : faultOf(name, value);
    if (fault === undefined) return [];
    const { kind, ...text } = fault;
    const code = codeOf(kind, field.at(-1) === 'ini');
    return [{ code, ...text, path: [...path, name], at: kind === 'value' ? 'value' : 'key' } as const];
  });
}

/** Values that the schema refuses, whatever the name. */
function isReported(value: Json, field: readonly string[]): boolean {
  if (typeof value === 'object') return true;
  return field.at(-1) === 'ini' && typeof value === 'string' && !isPlainIni(value);
}

function codeOf(kind: SettingFault['kind'], ofPhp: boolean): DiagnosticCode {
  switch (kind) {
    case 'refused':
      return ofPhp ? diagnosticCodes.phpIniNotAllowed : diagnosticCodes.constantNotAllowed;
    case 'unknown':
      return diagnosticCodes.settingUnknown;
    case 'value':
      return diagnosticCodes.settingInvalid;
    case 'misspelt':
      return diagnosticCodes.settingMisspelt;
  }
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
