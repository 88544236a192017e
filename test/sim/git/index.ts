export { changeSimTree, type SimChanges } from './change-tree.ts';
export { SimClone } from './clone.ts';
export { commitOf, emptyTree, fileOf, type SimCommit, type SimFile } from './objects.ts';
export {
  type CommitOptions,
  type PersonChanges,
  type RefUpdate,
  type Rival,
  SimRemote,
  type SimRemoteOptions,
} from './remote.ts';
export { type SimGitOptions, simGit } from './repository.ts';
