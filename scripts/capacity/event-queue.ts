/** What happens when, on a virtual clock: a binary heap, first come first served in one instant. */
export class EventQueue<T> {
  readonly #heap: { atMs: number; number: number; what: T }[] = [];
  #added = 0;

  add(atMs: number, what: T): void {
    this.#heap.push({ atMs, number: this.#added, what });
    this.#added += 1;
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#before(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  take(): { atMs: number; what: T } | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (!first || !last || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let parent = 0; ; ) {
      const children = [2 * parent + 1, 2 * parent + 2].filter((i) => i < this.#heap.length);
      const least = children.reduce((a, b) => (this.#before(b, a) ? b : a), parent);
      if (least === parent) return first;
      this.#swap(least, parent);
      parent = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return false;
    return one.atMs === other.atMs ? one.number < other.number : one.atMs < other.atMs;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
