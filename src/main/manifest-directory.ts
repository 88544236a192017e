import { uncommitted } from '../fleet/brand.ts';
import {
  configPath,
  createManifestCache,
  type KnownFacts,
  type LoadedFleet,
  type LoadOptions,
  loadFleet,
  type ManifestFile,
} from '../manifest/index.ts';
import { readTree } from './read-tree.ts';
import { isInClone, recordedFacts } from './recorded-facts.ts';

/** Checks the manifests of a directory, as they lie there, with what records in the same clone say of providers and nodes. */
export async function loadDirectory(path: string, artifactMirror: string | undefined): Promise<LoadedFleet> {
  const mirror = artifactMirror === undefined ? {} : { artifactMirror };
  const options = { ...mirror, now: Date.now(), cache: createManifestCache() };
  const files = readTree(path);
  const facts = isInClone(path) ? await factsFor(path, files, options) : {};
  return loadFleet(files, uncommitted, { ...options, ...facts });
}

/** The configuration is read by itself first: it names the branch of the records. */
async function factsFor(
  path: string,
  files: readonly ManifestFile[],
  options: LoadOptions & { readonly now: number },
): Promise<KnownFacts> {
  const own = files.filter((file) => file.path === configPath);
  const config = loadFleet(own, uncommitted, options).fleet?.config;
  return config === undefined ? {} : recordedFacts(path, config, options.now);
}
