import { describe, expect, test } from 'vitest';
import { configPath } from '../../src/fleet/config-path.ts';
import { loadFleet, type ManifestFile } from '../../src/manifest/index.ts';
import { commitSha } from '../support/fleet-builders.ts';
import { badDirectory, goldenFiles, goldenNames, goodDirectory } from '../support/golden-manifests.ts';
import { fleetWith } from './fleet-fixture.ts';

const configOf = (files: readonly ManifestFile[]) => loadFleet(files, commitSha(1)).fleet?.config;

describe.each([badDirectory, goodDirectory])(
  'pressluft.yaml by itself says what it says among all manifests',
  (directory) => {
    test.each(goldenNames(directory))('%s', (name) => {
      const files = fleetWith(
        Object.fromEntries(goldenFiles(directory, name).map(({ path, text }) => [path, text])),
      );
      const among = configOf(files);
      const alone = configOf(files.filter(({ path }) => path === configPath));
      // The allowed signers are read from this file alone: if it were broken only there, a signer could not be removed.
      expect(among === undefined ? among : alone).toEqual(among);
    });
  },
);
