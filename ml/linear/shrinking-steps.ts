/** Of a regularisation, the factors of ‖w‖₁ and ‖w‖²/2. */
export interface Strengths {
  readonly l1: number;
  readonly l2: number;
}

/**
 * Proximal gradient steps of one weight under an elastic net: w ← soft(w − γ·g, γ·l1) / (1 + γ·l2), where soft(v, s) moves
 * v by s towards 0 and stops there. Many of them with one gradient g are made at once, in closed form: on each side of 0
 * a step is affine, and the weight passes 0 once at most.
 */
export class ShrinkingSteps {
  /** γ */
  readonly length: number;
  readonly strengths: Strengths;
  readonly #threshold: number; // γ · l1
  readonly #factor: number; // 1 / (1 + γ · l2)
  /** by number of steps m: the factor to the power m, and the sum of its powers from 1 to m */
  readonly #powers: Float64Array;
  readonly #sums: Float64Array;

  /** @param most the most steps that are made at once */
  constructor(length: number, strengths: Strengths, most: number) {
    this.length = length;
    this.strengths = strengths;
    this.#threshold = length * strengths.l1;
    this.#factor = 1 / (1 + length * strengths.l2);
    this.#powers = new Float64Array(most + 1).fill(1);
    this.#sums = new Float64Array(most + 1);
    for (let m = 1; m <= most; m++) {
      this.#powers[m] = this.#powers[m - 1]! * this.#factor;
      this.#sums[m] = this.#sums[m - 1]! + this.#powers[m]!;
    }
  }

  /** The weight after one step. */
  next(weight: number, gradient: number): number {
    const moved = weight - this.length * gradient;
    const s = this.#threshold;
    if (moved > s) return this.#factor * (moved - s);
    return moved < -s ? this.#factor * (moved + s) : 0;
  }

  /**
   * One step of the weights of a feature from `first` on, one for each change of a derivative by the scores of a row where
   * the feature has a `value`. With it the average gradient over the rows follows.
   */
  make(
    weights: Float64Array,
    average: Float64Array,
    changes: Float64Array,
    { first, value, rows }: { first: number; value: number; rows: number },
  ): void {
    const scores = changes.length;
    const [length, threshold, factor] = [this.length, this.#threshold, this.#factor];
    for (let k = 0; k < scores; k++) {
      const at = first + k;
      const change = value * changes[k]!;
      const before = average[at]!;
      const moved = weights[at]! - length * (change + before);
      // as `next`, which takes twice as long here
      if (moved > threshold) weights[at] = factor * (moved - threshold);
      else weights[at] = moved < -threshold ? factor * (moved + threshold) : 0;
      average[at] = before + change / rows;
    }
  }

  /** `steps` of them of the weights in a range, each with its average gradient. */
  makeAll(
    weights: Float64Array,
    average: Float64Array,
    { from, to }: { from: number; to: number },
    steps: number,
  ): void {
    const power = this.#powers[steps]!;
    const sum = this.#sums[steps]!;
    const length = this.length;
    const s = this.#threshold;
    if (s === 0) {
      for (let at = from; at < to; at++) weights[at] = power * weights[at]! - length * sum * average[at]!;
      return;
    }
    for (let at = from; at < to; at++) {
      const weight = weights[at]!;
      const push = length * average[at]!;
      // one that stays at 0 or on its side, or comes to rest at 0, as most do; `after` is for those that pass it
      if (weight === 0 && push <= s && push >= -s) continue;
      if (weight > 0 && push <= s) weights[at] = Math.max(0, power * weight - (push + s) * sum);
      else if (weight < 0 && push >= -s) weights[at] = Math.min(0, power * weight - (push - s) * sum);
      else weights[at] = this.after(weight, average[at]!, steps);
    }
  }

  /** The weight after `steps` of them, from 1 to the most, all with the same gradient. */
  after(weight: number, gradient: number, steps: number): number {
    if (this.#threshold === 0) return this.#affine(weight, this.length * gradient, steps);
    const isMirrored = weight < 0 || (weight === 0 && gradient > 0);
    const result = isMirrored
      ? -this.#fromAbove(-weight, -gradient, steps)
      : this.#fromAbove(weight, gradient, steps);
    return result === 0 ? 0 : result; // no −0
  }

  /** The same of a weight that is not negative; one of 0 is not pushed down. */
  #fromAbove(weight: number, gradient: number, steps: number): number {
    const push = this.length * gradient;
    const s = this.#threshold;
    if (weight === 0 && -push <= s) return 0;
    if (push <= s) return Math.max(0, this.#affine(weight, push + s, steps)); // once at 0 it stays there
    // It comes down to 0, and goes on below: the steps above 0, one that meets it, and those below.
    let [above, beyond] = [0, steps + 1]; // the most steps after which it is above 0, by bisection
    while (beyond - above > 1) {
      const middle = (above + beyond) >> 1;
      if (this.#affine(weight, push + s, middle) > 0) above = middle;
      else beyond = middle;
    }
    if (above === steps) return this.#affine(weight, push + s, steps);
    const met = this.next(this.#affine(weight, push + s, above), gradient);
    return this.#affine(met, push - s, steps - above - 1);
  }

  /** w ← factor · (w − by), so many times. */
  #affine(weight: number, by: number, steps: number): number {
    return this.#powers[steps]! * weight - by * this.#sums[steps]!;
  }
}
