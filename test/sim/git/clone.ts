import { isSourceRef, lostRef } from '../../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { SimRandom } from '../core/index.ts';
import { reachable } from './history.ts';
import { nodeAt, type SimCommit, type SimFile, type SimTree } from './objects.ts';
import type { SimRemote } from './remote.ts';

/**
 * The clone on the controller's disk. It outlives every process that uses it; a power failure may lose the last writes.
 */
export class SimClone {
  readonly remote: SimRemote;
  readonly refs = new Map<string, CommitSha>();
  /** The followed commits, stored beside the clone: not lost with it. */
  readonly followed = new Map<string, CommitSha>();
  readonly #commits = new Map<string, SimCommit>();
  readonly #trees = new Set<string>();
  readonly #blobs = new Map<string, SimFile>();
  /** Ref updates whose write was not confirmed: the previous values. */
  readonly #unsynced = new Map<string, CommitSha | null>();
  #damaged = false;
  /** Its disk is full. */
  diskFull = false;
  #remade = 0;

  constructor(remote: SimRemote) {
    this.remote = remote;
  }

  /** How often it was cloned again because it was damaged. */
  get remade(): number {
    return this.#remade;
  }

  get commits(): ReadonlyMap<string, SimCommit> {
    return this.#commits;
  }

  get damaged(): boolean {
    return this.#damaged;
  }

  /** Former tips of the remote. */
  kept(): readonly CommitSha[] {
    return [...this.refs].flatMap(([name, tip]) => (name === lostRef(tip) ? tip : []));
  }

  blob(oid: string): SimFile | undefined {
    return this.#blobs.get(oid);
  }

  /** Receives a commit with all its ancestors from the remote. */
  receive(tip: CommitSha): void {
    for (const commit of reachable(this.remote.commits, tip, (sha) => this.#commits.has(sha)).values())
      this.#keep(commit);
  }

  /** Adds a commit that was made locally. */
  add(commit: SimCommit): void {
    this.#keep(this.remote.keep(commit));
  }

  /** Updates refs; until {@link synced} a power failure can undo this. */
  move(changes: ReadonlyMap<string, CommitSha | null>): void {
    for (const [name, to] of changes) {
      if (!this.#unsynced.has(name)) this.#unsynced.set(name, this.refs.get(name) ?? null);
      this.#set(name, to);
    }
  }

  synced(): void {
    this.#unsynced.clear();
  }

  /**
   * The host loses its power: each unflushed ref update is done, undone, or leaves an unreadable ref; each unreferenced commit
   * is there or not.
   */
  powerLoss(random: SimRandom): void {
    for (const [name, was] of this.#unsynced) {
      const torn = random.chance(0.2);
      if (torn) this.#damaged = true;
      if (torn || random.chance(0.5)) this.#set(name, torn ? null : was);
    }
    this.synced();
    const referred = new Set<string>();
    for (const tip of this.refs.values())
      for (const sha of reachable(this.#commits, tip, (known) => referred.has(known)).keys())
        referred.add(sha);
    for (const sha of [...this.#commits.keys()])
      if (!referred.has(sha) && random.chance(0.5)) this.#commits.delete(sha);
  }

  /** The disk loses data: a referenced commit becomes unreadable, or all commits, or even the refs. */
  damage(random: SimRandom): void {
    const tips = [...this.refs.values()];
    if (tips.length === 0) return;
    if (random.chance(0.6)) this.#commits.delete(random.pick(tips));
    else this.#commits.clear();
    if (random.chance(0.3)) this.refs.clear();
    this.#damaged = true;
  }

  /** The repair of a damaged clone by the adapter. */
  remake(): void {
    for (const [name, tip] of this.refs) if (isSourceRef(name)) this.followed.set(name, tip);
    this.refs.clear();
    this.#commits.clear();
    this.#trees.clear();
    this.#blobs.clear();
    this.#unsynced.clear();
    this.#damaged = false;
    this.#remade += 1;
  }

  #set(name: string, to: CommitSha | null): void {
    if (to === null) this.refs.delete(name);
    else this.refs.set(name, to);
  }

  #keep(commit: SimCommit): void {
    if (this.#commits.has(commit.sha)) return;
    this.#commits.set(commit.sha, commit);
    this.#keepTree(commit.tree);
  }

  #keepTree(tree: SimTree): void {
    if (this.#trees.has(tree.oid)) return;
    this.#trees.add(tree.oid);
    for (const name of tree.entries.keys()) {
      const node = nodeAt(tree, name);
      if (node?.kind === 'tree') this.#keepTree(node);
      else if (node !== undefined && node.content !== null) this.#blobs.set(node.oid, node);
    }
  }
}
