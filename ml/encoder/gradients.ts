import type { Tensor } from '../adapters/adapter.ts';
import type { TrainingTools } from '../engines/engine.ts';
import {
  EXCLUDED,
  encoderByLayers,
  HIDDEN_INPUT,
  LOSS,
  type Segment,
  type SegmentGraph,
  TARGETS,
  type TrainableEncoder,
  wholeEncoder,
} from '../onnx/bert-segments.ts';
import { FlatLayout } from './flat-weights.ts';
import { type SegmentFeeds, SegmentRuns } from './segment-runs.ts';
import { tokenInputs } from './token-inputs.ts';

/** Texts that are computed together. */
export interface TrainingBatch {
  /** numbers of tokens */
  readonly texts: readonly (readonly number[])[];
  /** [texts, labels], row by row: see `TARGETS` */
  readonly targets: Float32Array;
  /** of the same shape: see `EXCLUDED`; none without */
  readonly excluded?: Float32Array;
}

/** Factors of dropout at a place: 0, or what makes up for the zeros. */
export type DropoutFactors = (place: string, size: number) => Float32Array;

/** Computes the loss of an encoder and its gradient. */
export class EncoderGradients {
  readonly layout: FlatLayout;
  readonly #segments: readonly Segment[];
  readonly #runs: ReadonlyMap<SegmentGraph, SegmentRuns>;

  private constructor(segments: readonly Segment[], runs: ReadonlyMap<SegmentGraph, SegmentRuns>) {
    this.#segments = segments;
    this.#runs = runs;
    this.layout = new FlatLayout(segments.flatMap(({ weights }) => weights));
  }

  /** @param checkpointing less memory for more time, see `encoderByLayers` */
  static async open(
    encoder: TrainableEncoder,
    { openGraph }: Pick<TrainingTools, 'openGraph'>,
    checkpointing: boolean,
  ): Promise<EncoderGradients> {
    const segments = checkpointing ? encoderByLayers(encoder) : wholeEncoder(encoder);
    const runs = new Map<SegmentGraph, SegmentRuns>();
    for (const { graph } of segments) {
      if (!runs.has(graph)) runs.set(graph, await SegmentRuns.open(graph, openGraph));
    }
    return new EncoderGradients(segments, runs);
  }

  /** where dropout is put */
  get places(): readonly string[] {
    return this.#segments.flatMap(({ places }) => places);
  }

  /** The weights as they are at the start, in the order of `layout`. */
  initialWeights(): Float32Array {
    const flat = new Float32Array(this.layout.length);
    for (const { name, values } of this.#segments.flatMap(({ weights }) => weights)) {
      this.layout.viewOf(flat, name).set(values);
    }
    return flat;
  }

  /**
   * The loss of a batch.
   *
   * @param weights in the order of `layout`, as is `into`, which the gradient is written to
   */
  async compute(
    { texts, targets, excluded = new Float32Array(targets.length) }: TrainingBatch,
    weights: Float32Array,
    into: Float32Array,
    factorsOf: DropoutFactors,
  ): Promise<number> {
    const tokens = tokenInputs(texts);
    const sizes: Readonly<Record<string, number>> = {
      batch: texts.length,
      tokens: tokens.input_ids!.dims[1]!,
    };
    const dims = [texts.length, targets.length / texts.length];
    const data = {
      ...tokens,
      [TARGETS]: { dims, data: targets },
      [EXCLUDED]: { dims, data: excluded },
    };
    const feedsOf = (input: Tensor | undefined): SegmentFeeds => ({
      data: input ? { ...data, [HIDDEN_INPUT]: input } : data,
      weightOf: (name) => this.layout.viewOf(weights, name),
      dropoutOf(place, shape) {
        const dims = shape.map((size) => (typeof size === 'number' ? size : sizes[size]!));
        const size = dims.reduce((product, length) => product * length, 1);
        return { dims, data: factorsOf(place, size) };
      },
    });
    const inputs: (Tensor | undefined)[] = [undefined];
    for (const segment of this.#segments.slice(0, -1)) {
      inputs.push(await this.#runsOf(segment).forward(segment, feedsOf(inputs.at(-1))));
    }
    const gradientOf = (name: string) => this.layout.viewOf(into, name);
    let loss = Number.NaN;
    let gradient: Tensor | undefined;
    for (const segment of this.#segments.toReversed()) {
      const { input, output } = await this.#runsOf(segment).backward(
        segment,
        feedsOf(inputs.pop()),
        gradientOf,
        gradient,
      );
      if (segment.graph.output.name === LOSS) loss = Number(output!.data[0]);
      gradient = input;
    }
    return loss;
  }

  async close(): Promise<void> {
    for (const runs of this.#runs.values()) await runs.close();
  }

  #runsOf({ graph }: Segment): SegmentRuns {
    return this.#runs.get(graph)!;
  }
}
