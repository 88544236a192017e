import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type CloudState, emptyState } from '../cloud/model.ts';
import { writeFileDurably } from '../files.ts';

export interface StateStore {
  /** The last state written to disk. Treat it as read-only. */
  read(): Readonly<CloudState>;
  /**
   * Changes a copy of the state and resolves once it is on disk, so a reply never reports a change that a crash could undo. When
   * `change` throws or the write fails, the state is unchanged. Changes are applied one after the other.
   */
  update<T>(change: (draft: CloudState) => T): Promise<T>;
}

/** Opens the state file, or starts with an empty cloud when there is none. */
export async function openStateStore(file: string): Promise<StateStore> {
  await mkdir(dirname(file), { recursive: true });
  let state = await load(file);
  let tail: Promise<unknown> = Promise.resolve();

  async function apply<T>(change: (draft: CloudState) => T): Promise<T> {
    const draft = structuredClone(state);
    const result = change(draft);
    await writeFileDurably(file, `${JSON.stringify(draft)}\n`, 0o600);
    state = draft;
    return result;
  }

  return {
    read: () => state,
    update: (change) => {
      const result = tail.then(() => apply(change));
      tail = result.catch(() => undefined);
      return result;
    },
  };
}

async function load(file: string): Promise<CloudState> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyState();
    throw error;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || (parsed as { version?: unknown }).version !== 1) {
    throw new PressluftError(errors.labFailed, `${file} was not written by this version of the lab`, {
      hint: 'Run `pressluft lab down` and `pressluft lab up`.',
    });
  }
  return parsed as CloudState;
}
