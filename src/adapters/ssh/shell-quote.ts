import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** Quotes the words as one line for a POSIX shell; throws PL2002 for an empty list and for a NUL byte. */
export function quoteForShell(argv: readonly string[]): string {
  if (argv.length === 0) throw new PressluftError(errors.settingInvalid, 'A command needs at least one word');
  return argv.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (word.includes('\0'))
    throw new PressluftError(errors.settingInvalid, 'A word of a command holds a NUL byte');
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
