import type { OpenGraph, TrainingTools } from '../engines/engine.ts';
import { ADAMW_OUTPUTS, adamwGraph, adamwNumbers } from '../onnx/gradient/adamw.ts';
import type { FlatLayout } from './flat-weights.ts';

/** Numbers of a run: so few that all that a step needs of them stays in the cache of a core. */
const CHUNK = 1 << 17;

/** Moments of the gradient, in the order of the weights. */
export interface AdamwState {
  readonly steps: number;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Takes steps of AdamW with weights that lie in one vector: they, and the moments, are changed in place. */
export class Adamw {
  readonly #layout: FlatLayout;
  readonly #graph: OpenGraph;
  readonly #first: Float32Array;
  readonly #second: Float32Array;
  #steps: number;

  private constructor(layout: FlatLayout, graph: OpenGraph, after: AdamwState | undefined) {
    this.#layout = layout;
    this.#graph = graph;
    this.#first = after?.first ?? new Float32Array(layout.length);
    this.#second = after?.second ?? new Float32Array(layout.length);
    this.#steps = after?.steps ?? 0;
  }

  static async open(
    layout: FlatLayout,
    { openGraph }: Pick<TrainingTools, 'openGraph'>,
    after?: AdamwState,
  ): Promise<Adamw> {
    return new Adamw(layout, await openGraph(adamwGraph()), after);
  }

  /** Not a copy. */
  get state(): AdamwState {
    return { steps: this.#steps, first: this.#first, second: this.#second };
  }

  /** @param gradientScale what the gradient is multiplied by, to clip it */
  async step(
    weights: Float32Array,
    gradient: Float32Array,
    {
      learningRate,
      decay,
      gradientScale,
    }: { readonly learningRate: number; readonly decay: number; readonly gradientScale: number },
  ): Promise<void> {
    this.#steps++;
    const { decaying, length } = this.#layout;
    for (const { from, to, own } of [
      { from: 0, to: decaying, own: decay },
      { from: decaying, to: length, own: 0 },
    ]) {
      const numbers = Object.entries(adamwNumbers(this.#steps, learningRate, own, gradientScale));
      const scalars = numbers.map(([name, value]) => [name, { dims: [], data: Float32Array.of(value) }]);
      for (let start = from; start < to; start += CHUNK) {
        const chunk = (flat: Float32Array) => {
          const data = flat.subarray(start, Math.min(to, start + CHUNK));
          return { dims: [data.length], data };
        };
        const changed = { weights: chunk(weights), first: chunk(this.#first), second: chunk(this.#second) };
        await this.#graph.run(
          { ...changed, gradient: chunk(gradient), ...Object.fromEntries(scalars) },
          {
            [ADAMW_OUTPUTS.weights]: changed.weights,
            [ADAMW_OUTPUTS.first]: changed.first,
            [ADAMW_OUTPUTS.second]: changed.second,
          },
        );
      }
    }
  }

  close(): Promise<void> {
    return this.#graph.close();
  }
}
