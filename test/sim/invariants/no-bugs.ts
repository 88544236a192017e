import { errors } from '../../../src/fleet/error-catalogue.ts';
import { type Checker, Violation } from './checker.ts';

/** Every fault of the world results in an expected error with an explanation. */
export function noBugs(): Checker {
  const name = 'every error is an expected one';
  return {
    name,
    step: (world) => {
      for (const line of world.logged) if (line.includes('"PL9001"')) throw new Violation(name, line);
      for (const said of world.said) {
        if (
          said.kind === 'progress' &&
          said.event.kind === 'action-finished' &&
          said.event.result.error?.code === errors.internal
        )
          throw new Violation(name, JSON.stringify(said.event.result));
        if (said.kind === 'ended' && said.error instanceof Error && said.error.name !== 'PressluftError')
          throw new Violation(name, said.error.stack ?? said.error.message);
      }
    },
  };
}
