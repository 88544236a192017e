import { ensureVenv } from '../src/adapters/ansible/ensure-venv.ts';
import { messageOf, PressluftError } from '../src/fleet/errors.ts';
import { ansibleRoot, ansibleVenv } from '../src/main/paths.ts';

/** Creates the virtualenv with the pinned ansible-core, unless it exists. */
try {
  await ensureVenv({
    root: ansibleRoot,
    venvDir: ansibleVenv(process.env),
    onProgress: (message) => process.stderr.write(`setup: ${message}\n`),
  });
} catch (error) {
  const hint = error instanceof PressluftError ? (error.hint ?? '') : '';
  process.stderr.write(`setup: ${messageOf(error)}\n${hint}\n`);
  process.exit(3);
}
