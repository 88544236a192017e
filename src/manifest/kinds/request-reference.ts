import type { ReferenceField } from './manifest-kind.ts';

/** The environment that a one-time request is for. */
export function requestFor(field: string): ReferenceField {
  return {
    field,
    target: 'Environment',
    strength: 'once',
    alternative: ', or remove this request: its result stays recorded',
  };
}
