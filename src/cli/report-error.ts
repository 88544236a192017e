import { CommanderError } from 'commander';
import { errors } from '../fleet/error-catalogue.ts';
import { exitCodeOf, isPressluftError } from '../fleet/errors.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import { printable } from '../fleet/printable.ts';
import type { Paint } from './paint.ts';

export interface ErrorReport {
  /** For stderr; empty if the message was printed already. */
  readonly text: string;
  readonly exitCode: number;
}

/** Message and exit code for an error that ended a command. */
export function reportError(
  error: unknown,
  options: { readonly paint: Paint; readonly verbose: boolean; readonly stopped: boolean },
): ErrorReport {
  const { paint, verbose, stopped } = options;
  // Commander has already printed its message. Help and version exit with 0.
  if (error instanceof CommanderError)
    return { text: '', exitCode: error.exitCode === 0 ? exitCodes.done.code : exitCodes.input.code };
  if (stopped && !(isPressluftError(error) && error.code !== errors.cancelled)) {
    return { text: 'stopped\n', exitCode: exitCodes.stopped.code };
  }
  if (isPressluftError(error)) {
    const hint = error.hint === undefined ? '' : `  ${paint.dim('hint:')} ${lines(error.hint)}\n`;
    const text = `${paint.bold(paint.red(`error ${error.code}:`))} ${lines(error.message)}\n${hint}`;
    return { text: `${text}${verbose ? stackOf(error) : ''}`, exitCode: exitCodeOf(error) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const more = verbose ? stackOf(error) : '  Run it again with --verbose to see where it happened.\n';
  return {
    text: `${paint.bold(paint.red('error:'))} ${lines(message)}\n  This is a bug in Pressluft; please report it.\n${more}`,
    exitCode: exitCodeOf(error),
  };
}

function lines(text: string): string {
  return text.split('\n').map(printable).join('\n  ');
}

function stackOf(error: unknown): string {
  const parts: string[] = [];
  // The chain of causes may be circular.
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    parts.push(`${depth === 0 ? '' : 'caused by '}${at.stack ?? at.message}`);
  }
  return parts.length === 0 ? '' : `\n  ${lines(parts.join('\n'))}\n`;
}
