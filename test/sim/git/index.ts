export { SimClone } from './clone.ts';
export type { SimCommit, SimFile } from './objects.ts';
export {
  type CommitOptions,
  type PersonChanges,
  type RefUpdate,
  type Rival,
  SimRemote,
  type SimRemoteOptions,
} from './remote.ts';
export { type SimGitOptions, simGit } from './repository.ts';
