/** Who wants something that costs: it is on from the first one who comes to the last one who goes. */
export class Interest {
  readonly #onChange: (wanted: boolean) => void;
  #count = 0;

  constructor(onChange: (wanted: boolean) => void) {
    this.#onChange = onChange;
  }

  get wanted(): boolean {
    return this.#count > 0;
  }

  /** Ends when the returned function is called, once. */
  add(): () => void {
    this.#count += 1;
    if (this.#count === 1) this.#onChange(true);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#count -= 1;
      if (this.#count === 0) this.#onChange(false);
    };
  }
}
