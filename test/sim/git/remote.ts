import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { SimRandom, Timeline } from '../core/index.ts';
import { changeSimTree, type SimChanges } from './change-tree.ts';
import { isAncestorIn, reachable } from './history.ts';
import { commitOf, emptyTree, filesBelow, nodeAt, type SimCommit, type SimFile } from './objects.ts';

/** One move of a branch of the remote. */
export interface RefUpdate {
  readonly atMs: number;
  readonly branch: string;
  readonly from: CommitSha | null;
  /** Null when the branch was deleted. */
  readonly to: CommitSha | null;
  /** The name of a process or of a person. */
  readonly by: string;
  /** Whether commits were removed from the branch. */
  readonly forced: boolean;
}

/** Changed files: text, a link or submodule, or null to delete. */
export type PersonChanges = Readonly<Record<string, string | SimFile | null>>;

export interface CommitOptions {
  /** Stands for a signature in simulated checks, e.g. the key that made it. */
  readonly signature?: string;
}

/** A concurrent push that wins the race. */
export interface Rival {
  readonly author: string;
  readonly changes: PersonChanges;
  readonly message: string;
}

export interface SimRemoteOptions {
  readonly timeline: Timeline;
  readonly random: SimRandom;
  /** Wall clock of the machines of people at a time of the world; default from 2026-01-05T09:00Z. */
  readonly wallMs?: (worldMs: number) => number;
  /** Default: a file of notes that nothing else reads. */
  readonly rival?: (branch: string, nth: number) => Rival;
}

/** The repository at the forge. It outlives every process; its changes are immediate. */
export class SimRemote {
  readonly timeline: Timeline;
  readonly random: SimRandom;
  reachable = true;
  credentials: 'good' | 'expired' = 'good';
  readonly #wallMs: (worldMs: number) => number;
  readonly #rival: (branch: string, nth: number) => Rival;
  readonly #commits = new Map<string, SimCommit>();
  readonly #branches = new Map<string, CommitSha>();
  readonly #tags = new Map<string, CommitSha>();
  readonly #updates: RefUpdate[] = [];
  readonly #told = new Set<(update: RefUpdate) => void>();
  #rivals = 0;

  constructor({ timeline, random, wallMs, rival }: SimRemoteOptions) {
    this.timeline = timeline;
    this.random = random.fork('git remote');
    this.#wallMs = wallMs ?? ((worldMs) => Date.UTC(2026, 0, 5, 9) + worldMs);
    this.#rival = rival ?? ((_branch, nth) => notes(nth));
  }

  /** Every commit that was ever made, in a clone or here. A clone sees only its own. */
  get commits(): ReadonlyMap<string, SimCommit> {
    return this.#commits;
  }

  get branches(): ReadonlyMap<string, CommitSha> {
    return this.#branches;
  }

  get tags(): ReadonlyMap<string, CommitSha> {
    return this.#tags;
  }

  /** Every move of every branch, oldest first. */
  get updates(): readonly RefUpdate[] {
    return this.#updates;
  }

  tip(branch: string): CommitSha | null {
    return this.#branches.get(branch) ?? null;
  }

  /** Commits of a branch, newest first along first parents. */
  log(branch: string): readonly SimCommit[] {
    const found: SimCommit[] = [];
    for (let at = this.#commitAt(this.tip(branch)); at !== null; at = this.#commitAt(at.parents[0] ?? null))
      found.push(at);
    return found;
  }

  /** The text of a file of a branch or commit; undefined when there is none. */
  text(revision: string, path: string): string | undefined {
    const node = nodeAt(this.#treeOf(revision), path);
    return node === undefined || node.kind === 'tree' ? undefined : (node.content ?? undefined);
  }

  /** Paths and texts of a branch or commit. */
  files(revision: string, under?: string): ReadonlyMap<string, string> {
    const tree = this.#treeOf(revision);
    return new Map(filesBelow(tree, under).map(({ path }) => [path, this.text(revision, path) ?? '']));
  }

  isAncestor(older: CommitSha, newer: CommitSha): boolean {
    return isAncestorIn(this.#commits, older, newer);
  }

  /** Adds the commit without a reference. */
  keep(commit: SimCommit): SimCommit {
    const known = this.#commits.get(commit.sha);
    if (known !== undefined) return known;
    this.#commits.set(commit.sha, commit);
    return commit;
  }

  /** A person commits on the tip of a branch (or creates it) and pushes. */
  push(
    author: string,
    branch: string,
    changes: PersonChanges,
    message: string,
    options: CommitOptions = {},
  ): CommitSha {
    const tip = this.#commitAt(this.tip(branch));
    const tree = changeSimTree(tip?.tree ?? emptyTree, new Map(Object.entries(changes)));
    return this.#move(author, branch, this.#make(author, tree, message, tip === null ? [] : [tip], options));
  }

  /** A person reverts the changes of a commit against its first parent. */
  revert(author: string, branch: string, commit: CommitSha, options: CommitOptions = {}): CommitSha {
    const undone = this.#commitAt(commit);
    const parent = this.#commitAt(undone?.parents[0] ?? null);
    const changes = Object.fromEntries(difference(undone, parent));
    const title = undone?.info.message.split('\n')[0] ?? '';
    return this.push(author, branch, changes, `Revert "${title}"\n\nThis reverts ${commit}.`, options);
  }

  /** A person merges the changes of `other` since the merge base; if both changed a file, `other` wins. */
  merge(
    author: string,
    branch: string,
    other: CommitSha,
    message: string,
    options: CommitOptions = {},
  ): CommitSha {
    const [tip, theirs] = [this.#commitAt(this.tip(branch)), this.#commitAt(other)];
    if (tip === null || theirs === null) throw new RangeError(`nothing to merge on ${branch}`);
    const tree = changeSimTree(tip.tree, difference(this.#baseOf(tip, theirs), theirs));
    return this.#move(author, branch, this.#make(author, tree, message, [tip, theirs], options));
  }

  /** A person makes a commit on another one, without moving a branch. */
  commit(
    author: string,
    parent: CommitSha | null,
    changes: PersonChanges,
    message: string,
    options: CommitOptions = {},
  ): CommitSha {
    const below = this.#commitAt(parent);
    const tree = changeSimTree(below?.tree ?? emptyTree, new Map(Object.entries(changes)));
    return this.#make(author, tree, message, below === null ? [] : [below], options).sha;
  }

  /** A person moves a branch to any commit. */
  forcePush(author: string, branch: string, commit: CommitSha): void {
    this.#update(author, branch, commit);
  }

  deleteBranch(author: string, branch: string): void {
    this.#update(author, branch, null);
  }

  tag(name: string, commit: CommitSha): void {
    this.#tags.set(name, commit);
  }

  /** Handles a push on the server: moves the branch if its tip is `expected`; returns false otherwise. */
  compareAndSwap(by: string, branch: string, commit: CommitSha, expected: CommitSha | null): boolean {
    if (this.tip(branch) !== expected) return false;
    if (expected !== commit) this.#update(by, branch, commit);
    return true;
  }

  /** Another writer pushes to the branch at the same time. */
  overtake(branch: string): CommitSha {
    const { author, changes, message } = this.#rival(branch, this.#rivals);
    this.#rivals += 1;
    return this.push(author, branch, changes, message);
  }

  /** The previous tip of the branch, as an outdated replica shows it. */
  staleTip(branch: string): CommitSha | null {
    const moves = this.#updates.filter((update) => update.branch === branch).slice(-3);
    return moves.length === 0 ? null : this.random.pick(moves).from;
  }

  /** Calls back after each move of a branch; returns a function that stops it. */
  onUpdate(told: (update: RefUpdate) => void): () => void {
    this.#told.add(told);
    return () => void this.#told.delete(told);
  }

  #make(
    author: string,
    tree: SimCommit['tree'],
    message: string,
    parents: readonly SimCommit[],
    options: CommitOptions,
  ): SimCommit {
    const who = author.includes('<') ? author : `${author} <${author.toLowerCase()}@example.org>`;
    const atMs = this.#wallMs(this.timeline.nowMs);
    return this.keep(commitOf({ parents, tree, message, author: who, atMs, signature: options.signature }));
  }

  #move(author: string, branch: string, commit: SimCommit): CommitSha {
    this.#update(author, branch, commit.sha);
    return commit.sha;
  }

  #update(by: string, branch: string, to: CommitSha | null): void {
    const from = this.tip(branch);
    if (from === to) return;
    if (to === null) this.#branches.delete(branch);
    else this.#branches.set(branch, to);
    const forced = from !== null && (to === null || !this.isAncestor(from, to));
    const update: RefUpdate = { atMs: this.timeline.nowMs, branch, from, to, by, forced };
    this.#updates.push(update);
    for (const told of this.#told) told(update);
  }

  #commitAt(sha: CommitSha | null): SimCommit | null {
    return sha === null ? null : (this.#commits.get(sha) ?? null);
  }

  #treeOf(revision: string): SimCommit['tree'] {
    return this.#commits.get(this.tip(revision) ?? revision)?.tree ?? emptyTree;
  }

  #baseOf(one: SimCommit, other: SimCommit): SimCommit | null {
    const ours = reachable(this.#commits, one.sha);
    const shared = [...reachable(this.#commits, other.sha).values()].filter(({ sha }) => ours.has(sha));
    return shared.reduce<SimCommit | null>(
      (best, commit) => (best === null || commit.generation > best.generation ? commit : best),
      null,
    );
  }
}

/** The changes from one commit to another. */
function difference(from: SimCommit | null, to: SimCommit | null): SimChanges {
  const changes = new Map<string, string | SimFile | null>();
  const [before, after] = [from?.tree ?? emptyTree, to?.tree ?? emptyTree];
  if (before === after) return changes;
  for (const { path } of filesBelow(before)) if (nodeAt(after, path) === undefined) changes.set(path, null);
  for (const { path, oid } of filesBelow(after)) {
    const node = nodeAt(after, path);
    if (nodeAt(before, path)?.oid !== oid && node !== undefined && node.kind !== 'tree')
      changes.set(path, node);
  }
  return changes;
}

function notes(nth: number): Rival {
  return { author: 'Robin', changes: { [`notes/${nth}.txt`]: `note ${nth}\n` }, message: `note ${nth}` };
}
