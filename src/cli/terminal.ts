import type { CliContext } from './context.ts';

/** Whether frames can be drawn over each other on standard error. */
export function isLive({ stderr, env }: CliContext): boolean {
  return stderr.isTTY === true && env.TERM !== 'dumb' && (env.CI === undefined || env.CI === '');
}
