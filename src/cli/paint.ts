import pc from 'picocolors';
import type { CliContext } from './context.ts';

export type Paint = ReturnType<typeof pc.createColors>;

/** Value of `--color` and `--no-color`; undefined: the environment and the terminal decide. */
export type ColorChoice = boolean | undefined;

/** Global flags, available to every verb. */
export interface GlobalOptions {
  readonly color: ColorChoice;
  readonly verbose: boolean;
}

/** Whether to colour a stream. Precedence: the flag, NO_COLOR (no-color.org), FORCE_COLOR, whether it is a terminal. */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: CliContext['env'],
  choice: ColorChoice,
): boolean {
  if (choice !== undefined) return choice;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: CliContext['env'],
  choice: ColorChoice,
): Paint {
  return pc.createColors(wantsColor(stream, env, choice));
}
