/** Those who wait for something to hold of what is heard. */
export class Looks {
  readonly #waiting = new Set<() => void>();

  /** Something has been heard. */
  look(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves to what is found, once it is; undefined and false are nothing. */
  until<T>(find: () => T | undefined | false): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const look = () => {
      const found = find();
      if (found === undefined || found === false) return;
      this.#waiting.delete(look);
      resolve(found);
    };
    this.#waiting.add(look);
    look();
    return promise;
  }
}
