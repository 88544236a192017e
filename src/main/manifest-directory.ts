import { uncommitted } from '../fleet/brand.ts';
import { configPath } from '../fleet/config-path.ts';
import {
  createManifestCache,
  type KnownFacts,
  type LoadedFleet,
  type LoadOptions,
  loadFleet,
  type ManifestFile,
} from '../manifest/index.ts';
import { readTree } from './read-tree.ts';
import { isInClone, recordedFacts } from './recorded-facts.ts';

/** Loads and checks the manifests of a directory, using the recorded facts of providers and nodes in the same clone. */
export async function loadDirectory(path: string, artifactMirror: string | undefined): Promise<LoadedFleet> {
  const mirror = artifactMirror === undefined ? {} : { artifactMirror };
  const options = { ...mirror, now: Date.now(), cache: createManifestCache() };
  const files = readTree(path);
  const facts = isInClone(path) ? await factsFor(path, files, options) : {};
  return loadFleet(files, uncommitted, { ...options, ...facts });
}

/** The configuration is loaded first, because it names the status branch. */
async function factsFor(
  path: string,
  files: readonly ManifestFile[],
  options: LoadOptions & { readonly now: number },
): Promise<KnownFacts> {
  const own = files.filter((file) => file.path === configPath);
  const config = loadFleet(own, uncommitted, options).fleet?.config;
  return config === undefined ? {} : recordedFacts(path, config, options.now);
}
