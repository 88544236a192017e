import type { Json } from '../../../fleet/digest.ts';
import rules from './setting-rules.json' with { type: 'json' };

/** What a setting may be. `boolean` allows true and false beside the type; sizes are PHP's (K, M, G). */
export type SettingRule =
  | { readonly type: 'boolean' | 'timezone'; readonly boolean?: boolean }
  | {
      readonly type: 'integer' | 'seconds';
      readonly min: number;
      readonly max: number;
      readonly boolean?: boolean;
    }
  | { readonly type: 'size'; readonly min: string; readonly max: string; readonly boolean?: boolean }
  | { readonly type: 'enum'; readonly values: readonly string[]; readonly boolean?: boolean }
  | { readonly type: 'text'; readonly pattern: string; readonly boolean?: boolean };

/** `ini`: PHP reads text, so `On` is a boolean. `constant`: PHP gets the type of the manifest, where the text "false" would be true. */
export type SettingTarget = 'ini' | 'constant';

const timezones = new Set(rules.timezones);
const unitBytes: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** `64M` in bytes; undefined for anything that PHP would read as another number than its author. */
export function phpBytes(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,9})([KMG]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitBytes[match[2] ?? ''] ?? 1);
}

/** Whether PHP gets what the author means. The node judges by the same rules (ansible/module_utils/pressluft/settings.py). */
export function isSettingValue(rule: SettingRule, value: Json, target: SettingTarget): boolean {
  if (typeof value === 'boolean') return rule.type === 'boolean' || rule.boolean === true;
  const text = textOf(value);
  if (text === undefined) return false;
  if (target === 'ini' && rule.boolean === true && /^(?:on|off)$/i.test(text)) return true;
  switch (rule.type) {
    case 'boolean':
      return target === 'ini' && /^(?:0|1|on|off)$/i.test(text);
    case 'integer':
    case 'seconds':
      return isInteger(text, value, target) && Number(text) >= rule.min && Number(text) <= rule.max;
    case 'size': {
      const bytes = phpBytes(text);
      return bytes !== undefined && bytes >= (phpBytes(rule.min) ?? 0) && bytes <= (phpBytes(rule.max) ?? 0);
    }
    case 'enum':
      return rule.values.includes(text);
    case 'timezone':
      return timezones.has(text);
    case 'text':
      return new RegExp(`^(?:${rule.pattern})$`, 'u').test(text);
  }
}

/** The correct form in words. */
export function expectedSetting(rule: SettingRule, value: Json): string {
  const form = formOf(rule);
  const corrected = correction(rule, value);
  const more = rule.boolean === true && rule.type !== 'boolean' ? ', or true or false' : '';
  return corrected === undefined ? `${form}${more}` : `${corrected}: ${form}${more}`;
}

export function formOf(rule: SettingRule): string {
  switch (rule.type) {
    case 'boolean':
      return 'true or false, without quotes';
    case 'integer':
      return `a whole number from ${rule.min} to ${rule.max}`;
    case 'seconds':
      return `a whole number of seconds from ${rule.min} to ${rule.max}, without a unit`;
    case 'size':
      return `a whole number with K, M or G, from ${rule.min} to ${rule.max}`;
    case 'enum':
      return `one of ${rule.values.map((item) => (item === '' ? '""' : item)).join(', ')}`;
    case 'timezone':
      return 'a name of the IANA database such as Europe/Berlin';
    case 'text':
      return `a text of the form ${rule.pattern}`;
  }
}

/** `64MB`, `64m` and `64 MiB` as PHP spells them, and `60s` without its unit. */
function correction(rule: SettingRule, value: Json): string | undefined {
  if (typeof value !== 'string') return undefined;
  const size = /^([1-9][0-9]{0,9}) ?([kmg])(?:i?b)?$/i.exec(value);
  const seconds = /^([0-9]{1,9}) ?(?:s|sec|seconds)$/i.exec(value);
  const corrected =
    rule.type === 'size' && size !== null
      ? `${size[1]}${size[2]?.toUpperCase()}`
      : rule.type === 'seconds'
        ? seconds?.[1]
        : undefined;
  return corrected !== undefined && isSettingValue(rule, corrected, 'ini') ? corrected : undefined;
}

function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

/** The constant "5" would be a text, which is not what WordPress compares with. */
function isInteger(text: string, value: Json, target: SettingTarget): boolean {
  return (target === 'ini' || typeof value === 'number') && /^(?:0|-?[1-9][0-9]{0,14})$/.test(text);
}
