import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../call-sites/call-sites.ts';
import { type Mutant, mutants } from './planted.ts';

/** Plants a bug into its file when that is loaded; call it before anything imports the file. Throws when there is no such text. */
export function plant(name: string): Mutant {
  const mutant = mutants.find((candidate) => candidate.name === name);
  if (mutant === undefined) throw new Error(`no planted bug is named ${name}`);
  const path = join(projectRoot, mutant.file);
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded;
      return { ...loaded, source: changed(mutant, String(loaded.source)) };
    },
  });
  return mutant;
}

/** The text with the bug in it. */
export function changed(mutant: Mutant, text: string): string {
  const places = [mutant, ...(mutant.also === undefined ? [] : [mutant.also])];
  return places.reduce((before, { find, replace }) => {
    const parts = before.split(find);
    if (parts.length !== 2)
      throw new Error(`${mutant.file} has the text of ${mutant.name} ${parts.length - 1} times, not once`);
    return parts.join(replace);
  }, text);
}
