import { isSourceRef, lostRef } from '../../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { SimRandom } from '../core/index.ts';
import { reachable } from './history.ts';
import { nodeAt, type SimCommit, type SimFile, type SimTree } from './objects.ts';
import type { SimRemote } from './remote.ts';

/**
 * The clone on the controller's disk. It outlives every process that uses it; when the power fails, what was written last may be gone.
 */
export class SimClone {
  readonly remote: SimRemote;
  readonly refs = new Map<string, CommitSha>();
  /** What is followed, beside the clone: it is not lost with it. */
  readonly followed = new Map<string, CommitSha>();
  readonly #commits = new Map<string, SimCommit>();
  readonly #trees = new Set<string>();
  readonly #blobs = new Map<string, SimFile>();
  /** Moves of refs whose writing nobody was told to have ended: the values before. */
  readonly #unsynced = new Map<string, CommitSha | null>();
  #damaged = false;
  /** No space on the disk that it lies on. */
  diskFull = false;
  #remade = 0;

  constructor(remote: SimRemote) {
    this.remote = remote;
  }

  /** How often it was made anew because it was damaged. */
  get remade(): number {
    return this.#remade;
  }

  get commits(): ReadonlyMap<string, SimCommit> {
    return this.#commits;
  }

  get damaged(): boolean {
    return this.#damaged;
  }

  /** Tips that the remote gave up. */
  kept(): readonly CommitSha[] {
    return [...this.refs].flatMap(([name, tip]) => (name === lostRef(tip) ? tip : []));
  }

  blob(oid: string): SimFile | undefined {
    return this.#blobs.get(oid);
  }

  /** A commit with all that it leads to comes from the remote. */
  receive(tip: CommitSha): void {
    for (const commit of reachable(this.remote.commits, tip, (sha) => this.#commits.has(sha)).values())
      this.#keep(commit);
  }

  /** A commit that was made here. */
  add(commit: SimCommit): void {
    this.#keep(this.remote.keep(commit));
  }

  /** Moves refs, which may still be undone by a power failure until {@link synced}. */
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
   * The host loses its power: each move that was not flushed is there, or is not, or left a ref that cannot be read; each commit that
   * nothing refers to is there or is not.
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

  /** The disk loses what it held: a commit that is referred to cannot be read any more, or none can, or not even the refs. */
  damage(random: SimRandom): void {
    const tips = [...this.refs.values()];
    if (tips.length === 0) return;
    if (random.chance(0.6)) this.#commits.delete(random.pick(tips));
    else this.#commits.clear();
    if (random.chance(0.3)) this.refs.clear();
    this.#damaged = true;
  }

  /** What the adapter does with a damaged clone. */
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
