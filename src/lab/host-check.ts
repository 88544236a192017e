import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';

/** Fails with `PL3020` where a lab can neither run nor be inspected. */
export function requireLabHost(): void {
  if (process.platform === 'linux' && process.getuid?.() === 0) return;
  throw new PressluftError(errors.labUnsupported, 'The lab needs Linux and root', {
    hint: 'Run it with sudo, on Linux; it boots machines, and makes networks for them.',
  });
}
