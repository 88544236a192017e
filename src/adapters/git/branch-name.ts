import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** Names that `git check-ref-format --branch` accepts, without those that need quoting somewhere. */
const forbidden = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|\/\.|[/.]$|\.lock(?:\/|$)|^@$/u;

/** Whether the text can be the name of a branch or tag. Servers may advertise invalid names, such as commands for `update-ref`. */
export function isBranchName(name: string): boolean {
  return name !== '' && name.length <= 200 && !forbidden.test(name);
}

/** Throws PL2002 unless the text can be the name of a branch. */
export function checkBranchName(name: string): string {
  if (!isBranchName(name)) {
    throw new PressluftError(
      errors.settingInvalid,
      `"${name.slice(0, 100)}" is not a valid name of a Git branch`,
      {
        hint: 'Use letters, digits, "-", "_", "." and "/", as in "pressluft/status".',
      },
    );
  }
  return name;
}
