import { PressluftError } from '../fleet/errors.ts';
import type { CliContext } from './context.ts';
import type { ExplainFlags } from './explain.ts';
import type { ColorChoice } from './paint.ts';

/** Says why a resource is as it is; throws PL2004 for a resource that nobody knows. */
export async function explainResource(
  _context: CliContext,
  subject: string,
  _flags: ExplainFlags,
  _color: ColorChoice,
): Promise<void> {
  throw new PressluftError('PL2004', `nothing is known of ${subject.slice(0, 200)}`, {
    hint: 'A code is explained by "pressluft explain PL1012"; what is known of resources is shown by "pressluft status".',
  });
}
