type End = () => Promise<void> | void;

/** How to end what was started: last started, first ended, as it may need what came before it. */
export class Ends {
  #ends: End[] = [];

  /** Adds one more thing to end. */
  readonly add = (end: End): void => {
    this.#ends.push(end);
  };

  /** Ends everything. Safe to repeat. */
  readonly run = async (): Promise<void> => {
    for (const end of this.#ends.splice(0).reverse()) await end();
  };
}
