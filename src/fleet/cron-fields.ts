interface CronField {
  readonly name: string;
  readonly least: number;
  readonly greatest: number;
  readonly names: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Sunday is 0 and 7. */
const fields: readonly CronField[] = [
  { name: 'minute', least: 0, greatest: 59, names: [] },
  { name: 'hour', least: 0, greatest: 23, names: [] },
  { name: 'day of the month', least: 1, greatest: 31, names: [] },
  { name: 'month', least: 1, greatest: 12, names: months },
  { name: 'day of the week', least: 0, greatest: 7, names: days },
];

/** Describes the first value of a five-field cron expression that is unknown or out of range; undefined if there is none. */
export function cronFieldFault(texts: readonly string[]): string | undefined {
  for (const [index, field] of fields.entries()) {
    for (const part of (texts[index] ?? '').split(',')) {
      const fault = partFault(part, field);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

/** `*`, `5`, `MON`, `1-5`, each with an optional step; other forms, such as `L` and `FRI#2`, are checked by the library. */
function partFault(part: string, field: CronField): string | undefined {
  const [range = '', step] = part.split('/');
  const span = field.greatest - field.least + 1;
  if (step !== undefined && (!/^\d{1,3}$/.test(step) || Number(step) < 1 || Number(step) > span)) {
    return `${JSON.stringify(step)} is not a valid step of the ${field.name}: 1 to ${span}`;
  }
  if (range === '*' || range === '') return undefined;
  for (const value of range.split('-')) {
    if (/^\d+$/.test(value) && (Number(value) < field.least || Number(value) > field.greatest)) {
      return `${value} is not a valid ${field.name}: ${field.least} to ${field.greatest}`;
    }
    if (/^[A-Za-z]{3,}$/.test(value) && !field.names.includes(value.toUpperCase())) {
      const known = field.names.length === 0 ? `${field.least} to ${field.greatest}` : field.names.join(', ');
      return `${JSON.stringify(value)} is not a valid ${field.name}: ${known}`;
    }
  }
  return undefined;
}
