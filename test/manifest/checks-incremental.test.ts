import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { loadFleet } from '../../src/manifest/index.ts';
import { badDirectory, goldenFiles, goldenNames, goodDirectory } from '../support/golden-manifests.ts';
import { commit, emptyCache, load, soundFleet, textFile } from './fleet-fixture.ts';

/** Every file of every golden case of several manifests; many have the same path, so that they replace one another. */
const files = [badDirectory, goodDirectory].flatMap((directory) =>
  goldenNames(directory)
    .filter((name) => name >= diagnosticCodes.timezoneUnknown && name < diagnosticCodes.sopsFileMissing)
    .flatMap((name) => goldenFiles(directory, name)),
);
const paths = [...new Set([...Object.keys(soundFleet), ...files.map(({ path }) => path)])];

const edit = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...files).map(({ path, text }) => ({ path, text })) },
  { weight: 1, arbitrary: fc.constantFrom(...paths).map((path) => ({ path, text: null })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...Object.keys(soundFleet))
      .map((path) => ({ path, text: soundFleet[path] ?? null })),
  },
);

test('after any edits, an incremental load has the same findings as a fresh one', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) => {
      const tree = new Map<string, string>(Object.entries(soundFleet));
      const cache = emptyCache();
      for (const { path, text } of edits) {
        if (text === null) tree.delete(path);
        else tree.set(path, text);
        const now = [...tree].sort().map(([name, content]) => textFile(name, content));
        const remembered = loadFleet(now, commit, { cache });
        expect(remembered.diagnostics).toEqual(load(now).diagnostics);
      }
    }),
    { numRuns: 40 },
  );
});
