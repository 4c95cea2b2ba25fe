/** Where a weight lies among all. */
interface Slot {
  readonly shape: readonly number[];
  readonly start: number;
  readonly length: number;
}

/**
 * The places of weights in one vector, so that a step of an optimiser need not know them: first the matrices, which weight
 * decay makes smaller, then the vectors (biases, and scales and shifts of norms), which it leaves.
 */
export class FlatLayout {
  readonly #slots = new Map<string, Slot>();
  /** numbers of all weights */
  readonly length: number;
  /** numbers of the matrices */
  readonly decaying: number;

  constructor(weights: readonly { readonly name: string; readonly shape: readonly number[] }[]) {
    let start = 0;
    const add = (all: typeof weights) => {
      for (const { name, shape } of all) {
        const length = shape.reduce((product, size) => product * size, 1);
        this.#slots.set(name, { shape, start, length });
        start += length;
      }
    };
    add(weights.filter(({ shape }) => shape.length > 1));
    this.decaying = start;
    add(weights.filter(({ shape }) => shape.length <= 1));
    this.length = start;
  }

  get names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  shapeOf(name: string): readonly number[] {
    return this.#slot(name).shape;
  }

  /** A weight, or what belongs to it, in a vector of all: not a copy. */
  viewOf(flat: Float32Array, name: string): Float32Array {
    const { start, length } = this.#slot(name);
    return flat.subarray(start, start + length);
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot) return slot;
    throw new RangeError(`there is no weight ${name}`);
  }
}
