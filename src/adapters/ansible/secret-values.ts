import type { Json } from '../../fleet/digest.ts';
import { isSecretField } from '../../fleet/secret-fields.ts';
import { secretForms } from '../secrets/secret-forms.ts';

/** Redacts the values of secret fields in the variables of a run: the node receives them and may echo them. */
export function hideSecretValues(vars: Readonly<Record<string, Json>>): (text: string) => string {
  const forms = [...secretValues(vars)].flatMap(secretForms).sort((a, b) => b.length - a.length);
  return (text) => {
    let hidden = text;
    for (const form of forms) hidden = hidden.replaceAll(form, '[redacted]');
    return hidden;
  };
}

function secretValues(value: Json, isSecret = false): ReadonlySet<string> {
  if (typeof value === 'string') return new Set(isSecret ? [value] : []);
  if (typeof value !== 'object' || value === null) return new Set();
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  return new Set(
    members.flatMap(([key, member]) => [...secretValues(member, isSecret || isSecretField(key))]),
  );
}
