import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../call-sites/call-sites.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './planted.ts';

/** Plants a bug into its files when they are loaded; call it before anything imports them. Throws when there is no such text. */
export function plant(name: string): Mutant {
  const mutant = mutants.find((candidate) => candidate.name === name);
  if (mutant === undefined) throw new Error(`no planted bug is named ${name}`);
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const file = url.startsWith('file:') ? relative(projectRoot, fileURLToPath(url)) : url;
      return filesOf(mutant).has(file)
        ? { ...loaded, source: changed(mutant, file, String(loaded.source)) }
        : loaded;
    },
  });
  return mutant;
}

export function filesOf({ file, also }: Mutant): ReadonlySet<string> {
  return new Set([file, also?.file ?? file]);
}

/** The text of a file with the bug in it. */
export function changed(mutant: Mutant, file: string, text: string): string {
  const { also } = mutant;
  const places = [mutant, ...(also === undefined ? [] : [{ file: mutant.file, ...also }])];
  return places
    .filter((place) => place.file === file)
    .reduce((before, { find, replace }) => {
      const parts = before.split(find);
      if (parts.length !== 2)
        throw new Error(`${file} has the text of ${mutant.name} ${parts.length - 1} times, not once`);
      return parts.join(replace);
    }, text);
}
