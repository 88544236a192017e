import { PressluftError } from '../../fleet/errors.ts';

/** What `git check-ref-format --branch` accepts, less what needs quoting somewhere. */
const forbidden = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|\/\.|[/.]$|\.lock(?:\/|$)|^@$/u;

/** Throws PL2002 unless the text can be the name of a branch. */
export function checkBranchName(name: string): string {
  if (name === '' || name.length > 200 || forbidden.test(name)) {
    throw new PressluftError('PL2002', `"${name.slice(0, 100)}" is not a valid name of a Git branch`, {
      hint: 'Use letters, digits, "-", "_", "." and "/", as in "pressluft/status".',
    });
  }
  return name;
}
