import { errors } from '../../src/fleet/error-catalogue.ts';
import { isPressluftError } from '../../src/fleet/errors.ts';
import { BrokenProperty, checkPrototypes } from './property.ts';
import type { FuzzTarget } from './target.ts';

/** Why an input is a finding: `key` is the same for inputs that show the same bug. */
export interface Failure {
  readonly key: string;
  readonly text: string;
}

export type Attempt = (input: Buffer) => Promise<Failure | undefined>;

const defaultMaxMs = 2000;

/** Runs the loaded code of a target with one input after the other. */
export function attemptWith(target: FuzzTarget, run: (input: Buffer) => unknown): Attempt {
  return async (input) => {
    const startedAt = performance.now();
    const failure = await failureOf(target, run, input);
    const ms = performance.now() - startedAt;
    if (failure !== undefined || ms <= (target.maxMs ?? defaultMaxMs)) return failure;
    return { key: 'slow', text: `took ${Math.round(ms)} ms for ${input.length} bytes` };
  };
}

async function failureOf(
  target: FuzzTarget,
  run: (input: Buffer) => unknown,
  input: Buffer,
): Promise<Failure | undefined> {
  try {
    await run(input);
  } catch (error) {
    const isExpected = isExpectedError(error) || (!isBroken(error) && target.allows?.(error) === true);
    if (!isExpected) return failureFrom(error);
  }
  try {
    checkPrototypes();
    return undefined;
  } catch (error) {
    return failureFrom(error);
  }
}

function isExpectedError(error: unknown): boolean {
  return isPressluftError(error) && error.code !== errors.internal;
}

function isBroken(error: unknown): boolean {
  return error instanceof BrokenProperty;
}

function failureFrom(error: unknown): Failure {
  if (!(error instanceof Error)) return { key: 'no error', text: `threw ${typeof error}` };
  const place = /\/(src|node_modules)\/[^\s)]+/.exec(error.stack ?? '')?.[0] ?? '';
  // Quotations and numbers differ from input to input.
  const words = error.message.slice(0, 80).replace(/"[^"]*"|\d+/g, '#');
  return {
    key: `${error.name} ${place === '' || error instanceof BrokenProperty ? words : place.replace(/:\d+$/, '')}`,
    text: (error.stack ?? error.message).split('\n').slice(0, 6).join('\n'),
  };
}
