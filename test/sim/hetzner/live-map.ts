/** The current items by their id, also while a reference to it is kept. */
export class LiveMap<T extends { readonly id: number }> implements ReadonlyMap<number, T> {
  readonly #read: () => readonly T[];

  constructor(read: () => readonly T[]) {
    this.#read = read;
  }

  get size(): number {
    return this.#read().length;
  }

  get(id: number): T | undefined {
    return this.#read().find((item) => item.id === id);
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  keys(): MapIterator<number> {
    return this.#copy().keys();
  }

  values(): MapIterator<T> {
    return this.#copy().values();
  }

  entries(): MapIterator<[number, T]> {
    return this.#copy().entries();
  }

  forEach(each: (item: T, id: number, map: ReadonlyMap<number, T>) => void): void {
    for (const item of this.#read()) each(item, item.id, this);
  }

  [Symbol.iterator](): MapIterator<[number, T]> {
    return this.entries();
  }

  #copy(): Map<number, T> {
    return new Map(this.#read().map((item) => [item.id, item]));
  }
}
