import type { Json } from '../../fleet/digest.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/**
 * Variables as YAML. Every string with characters other than letters, digits and signs of numbers is tagged `!unsafe`, including keys of
 * maps, so that Ansible does not treat it as a template. Pure ASCII, one member a line. https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_advanced_syntax.html#unsafe-or-raw-strings
 *
 * Throws PL9001 for a top-level name that is not a variable name, or that would set an option of Ansible itself.
 */
export function unsafeYaml(vars: Readonly<Record<string, Json>>): string {
  const lines = Object.entries(vars).map(([name, value]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || name.startsWith('ansible_')) {
      throw new PressluftError(
        errors.internal,
        `${JSON.stringify(name)} may not be set as an Ansible variable`,
      );
    }
    return `${name}: ${flow(value)}\n`;
  });
  return lines.length === 0 ? '{}\n' : lines.join('');
}

function flow(value: Json): string {
  if (typeof value === 'string') return unsafeString(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new PressluftError(
      errors.internal,
      `${value} has no form in JSON and cannot be an Ansible variable`,
    );
  }
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // An explicit key (`? `) has no length limit; a simple key is limited to 1024 characters.
  return `{${members.map(([key, member]) => `? ${unsafeString(key)} : ${flow(member)}`).join(', ')}}`;
}

/**
 * Ansible resolves the type of an `!unsafe` scalar by its text, quoted or not: `!unsafe "8.2"` becomes a number. Text of these characters
 * cannot be a template, so it needs no tag, and quotes alone keep it a string.
 */
const plain = /^[0-9A-Za-z_.+:~=<-]*$/;

function unsafeString(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  return `!unsafe "${text.toWellFormed().replace(/["\\]|[^ -~]/gu, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
