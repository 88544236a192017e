import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import rules from '../src/manifest/kinds/environment/setting-rules.json' with { type: 'json' };
import { formOf, type SettingRule } from '../src/manifest/kinds/environment/setting-value.ts';

const page = join(import.meta.dirname, '../docs/manifests.md');
const tables = { 'php.ini': rules.ini.known, constants: rules.constants.known };

/** docs/manifests.md with its tables of settings as they are in the list. */
export function renderSettings(text: string): string {
  return Object.entries(tables).reduce((result, [name, known]) => {
    const [start, end] = [`<!-- settings: ${name} -->\n`, '<!-- end -->'];
    const from = result.indexOf(start) + start.length;
    const to = result.indexOf(end, from);
    if (from < start.length || to === -1) throw new Error(`docs/manifests.md has no place for "${name}"`);
    return `${result.slice(0, from)}\n${tableOf(known as Readonly<Record<string, SettingRule>>)}\n${result.slice(to)}`;
  }, text);
}

/** One row for each form, with all its names: most settings share a few forms. */
function tableOf(known: Readonly<Record<string, SettingRule>>): string {
  const byForm = new Map<string, string[]>();
  for (const [name, rule] of Object.entries(known)) {
    const more = rule.boolean === true && rule.type !== 'boolean' ? ', or true or false' : '';
    const form =
      rule.type === 'text' ? `a text of the form \`${rule.pattern}\`${more}` : `${formOf(rule)}${more}`;
    byForm.set(form, [...(byForm.get(form) ?? []), `\`${name}\``]);
  }
  const rows = [...byForm].map(([form, names]) => `| ${names.join(', ')} | ${form.replaceAll('|', '\\|')} |`);
  return `${['| names | value |', '|---|---|', ...rows].join('\n')}\n`;
}

if (import.meta.main) writeFileSync(page, renderSettings(readFileSync(page, 'utf8')));
