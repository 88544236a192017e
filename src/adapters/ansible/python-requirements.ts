import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../fleet/digest.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

export interface PythonRequirements {
  readonly path: string;
  readonly sha256: string;
  /** The pinned version of ansible-core, e.g. `2.19.14`. */
  readonly ansibleCore: string;
}

export async function readRequirements(root: string): Promise<PythonRequirements> {
  const path = join(root, 'requirements.txt');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PressluftError(errors.ansibleMissing, `${path} cannot be read`, {
      hint: 'Install Pressluft again.',
      cause,
    });
  });
  const ansibleCore = /^ansible-core==(\S+)/m.exec(text)?.[1];
  if (ansibleCore === undefined)
    throw new PressluftError(errors.ansibleMissing, `${path} does not pin ansible-core`);
  return { path, sha256: sha256Hex(text), ansibleCore };
}
