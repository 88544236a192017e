import type { Json } from '../../../fleet/digest.ts';
import { nearest, nearestTimezone } from '../../diagnostics/nearest.ts';
import { quoted } from '../../diagnostics/printable.ts';
import rules from './setting-rules.json' with { type: 'json' };
import { expectedSetting, isSettingValue, type SettingRule, type SettingTarget } from './setting-value.ts';

/** `refused`: never allowed. `unknown`: the owner of the fleet may allow it. `misspelt`: allowed, and probably not what is meant. */
export interface SettingFault {
  readonly kind: 'refused' | 'unknown' | 'value' | 'misspelt';
  readonly message: string;
  readonly expected?: string;
  readonly suggestion?: string | undefined;
}

const known = {
  ini: new Map(Object.entries(rules.ini.known as Readonly<Record<string, SettingRule>>)),
  constant: new Map(Object.entries(rules.constants.known as Readonly<Record<string, SettingRule>>)),
};
const setBy = new Map(Object.entries(rules.ini.setBy));
const refusedIni = new Set(rules.ini.refused);
const managed = new Set(rules.constants.managed);
const secret = new RegExp(`^(?:${rules.constants.secret})$`, 'u');
const own = new RegExp(`^(?:${rules.constants.own})$`, 'u');
const plain = /^[A-Za-z0-9 _.,:/+*@%=&|~^!()-]{0,1000}$/;
/** Beyond that a name that nobody knows is rather another one than a misspelling. */
const misspellings = 2;

/**
 * Why a setting of php.ini may not have this value; undefined when it may. `allowed`: names that the manifest of the node allows in
 * addition. The node judges by the same list (ansible/module_utils/pressluft/settings.py).
 */
export function phpIniFault(
  name: string,
  value: Json,
  allowed: readonly string[] = [],
): SettingFault | undefined {
  const rule = known.ini.get(name);
  if (rule !== undefined) return valueFault(rule, name, value, 'ini');
  const refusal = iniRefusal(name);
  if (refusal !== undefined) return { kind: 'refused', message: refusal };
  if (allowed.includes(name)) return plainFault(name, value);
  return unknown(
    name,
    `there is no php.ini setting ${quoted(name)} that a manifest may set`,
    known.ini.keys(),
  );
}

/** Why a constant may not have this value; undefined when it may. */
export function constantFault(
  name: string,
  value: Json,
  allowed: readonly string[] = [],
): SettingFault | undefined {
  const rule = known.constant.get(name);
  if (rule !== undefined) return valueFault(rule, name, value, 'constant');
  const refusal = constantRefusal(name);
  if (refusal !== undefined) return { kind: 'refused', message: refusal };
  if (allowed.includes(name)) return undefined;
  if (own.test(name)) return misspelling(name);
  return unknown(
    name,
    `WordPress has no constant ${quoted(name)} that a manifest may set`,
    known.constant.keys(),
  );
}

/** Why no manifest may set it, also not with a permission of the node; undefined for all other names. */
export function settingRefusal(name: string): string | undefined {
  return /^[A-Z]/.test(name) ? constantRefusal(name) : iniRefusal(name);
}

/** Whether environments may set it without a permission. */
export function isKnownSetting(name: string): boolean {
  return known.ini.has(name) || known.constant.has(name) || own.test(name);
}

function iniRefusal(setting: string): string | undefined {
  const name = setting.toLowerCase();
  const field = setBy.get(name);
  if (field !== undefined) return `${name} is set by ${field}`;
  if (known.ini.has(name)) return undefined;
  const refused = refusedIni.has(name) || rules.ini.refusedPrefixes.some((prefix) => name.startsWith(prefix));
  return refused ? `${setting} would break the isolation between environments` : undefined;
}

function constantRefusal(name: string): string | undefined {
  if (managed.has(name) || rules.constants.managedPrefixes.some((prefix) => name.startsWith(prefix))) {
    return `the constant ${name} is set by Pressluft`;
  }
  if (secret.test(name)) return `the constant ${name} looks like a secret, which must not be in Git`;
  return undefined;
}

function valueFault(
  rule: SettingRule,
  name: string,
  value: Json,
  target: SettingTarget,
): SettingFault | undefined {
  if (isSettingValue(rule, value, target)) return undefined;
  const shown = typeof value === 'string' ? quoted(value) : String(value);
  const suggestion =
    rule.type === 'timezone' && typeof value === 'string' ? nearestTimezone(value) : undefined;
  return {
    kind: 'value',
    message: `${shown} is not a value of ${name}`,
    expected: expectedSetting(rule, value),
    suggestion,
  };
}

/** Whether a text stays one value in the file of a pool. */
export function isPlainIni(text: string): boolean {
  return plain.test(text);
}

function plainFault(name: string, value: Json): SettingFault | undefined {
  if (typeof value !== 'string' || isPlainIni(value)) return undefined;
  const expected = 'letters, digits, spaces and . , : / + * @ % = & | ~ ^ ! ( ) - _';
  return { kind: 'value', message: `${quoted(value)} is not a value of ${name}`, expected };
}

function unknown(name: string, message: string, names: Iterable<string>): SettingFault {
  const suggestion = nearest(name, names);
  const expected = 'a setting of docs/manifests.md, or the name in spec.php.allowSettings of the node';
  return { kind: 'unknown', message, expected, suggestion };
}

function misspelling(name: string): SettingFault | undefined {
  const meant = nearest(name, known.constant.keys(), misspellings);
  if (meant === undefined) return undefined;
  const message = `WordPress does not know the constant ${name}`;
  return { kind: 'misspelt', message, expected: 'the constant of WordPress', suggestion: meant };
}
