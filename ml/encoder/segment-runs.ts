import type { Tensor } from '../adapters/adapter.ts';
import type { OpenGraph } from '../engines/engine.ts';
import { HIDDEN_INPUT, type Segment, type SegmentGraph } from '../onnx/bert-segments.ts';
import { differentiate } from '../onnx/gradient/differentiate.ts';
import { encodeModel, type TensorType } from '../onnx/model-proto.ts';

const OUTPUT_GRADIENT = 'output_gradient';
const GRADIENT_OF_LOSS = { name: OUTPUT_GRADIENT, shape: [], values: Float32Array.of(1) };

const float = (name: string, shape: TensorType['shape']): TensorType => ({ name, type: 'float', shape });

/** A graph of segments with its gradients, opened as often as it is used by another segment. */
export class SegmentRuns {
  readonly #graph: SegmentGraph;
  readonly #forward: OpenGraph | undefined;
  readonly #backward: OpenGraph;
  readonly #names: ReadonlyMap<string, string>;

  private constructor(
    graph: SegmentGraph,
    forward: OpenGraph | undefined,
    backward: OpenGraph,
    names: ReadonlyMap<string, string>,
  ) {
    this.#graph = graph;
    this.#forward = forward;
    this.#backward = backward;
    this.#names = names;
  }

  static async open(
    graph: SegmentGraph,
    openGraph: (onnx: Uint8Array) => Promise<OpenGraph>,
  ): Promise<SegmentRuns> {
    const { part, inputs, weights, places, output } = graph;
    const isLast = output.shape.length === 0;
    const all: TensorType[] = [
      ...inputs,
      ...weights.map(({ name, shape }) => float(name, shape)),
      ...places.map(({ name, shape }) => float(`dropout.${name}`, shape)),
    ];
    const hidden = inputs.filter(({ name }) => name === HIDDEN_INPUT);
    const asked = [...hidden, ...weights];
    const gradient = differentiate({
      part,
      shapes: new Map([...all, float(OUTPUT_GRADIENT, output.shape)].map(({ name, shape }) => [name, shape])),
      given: new Map([[output.name, OUTPUT_GRADIENT]]),
      asked: asked.map(({ name }) => name),
    });
    const outputs = asked.map(({ name, shape }) => float(gradient.names.get(name)!, shape));
    const value = float(output.name, output.shape);
    const nodes = [...part.nodes, ...gradient.part.nodes];
    const constants = [...part.constants, ...gradient.part.constants];
    const backward = await openGraph(
      isLast
        ? encodeModel({
            ...{ name: 'loss', metadata: {}, inputs: all, nodes },
            outputs: [value, ...outputs],
            constants: [...constants, GRADIENT_OF_LOSS],
          })
        : encodeModel({
            ...{ name: 'backward', metadata: {}, outputs, constants, nodes },
            inputs: [...all, float(OUTPUT_GRADIENT, output.shape)],
          }),
    );
    const forward = isLast
      ? undefined
      : await openGraph(
          encodeModel({ name: 'forward', metadata: {}, inputs: all, outputs: [value], ...part }),
        );
    return new SegmentRuns(graph, forward, backward, gradient.names);
  }

  /** What goes to the next segment. */
  async forward(segment: Segment, feeds: SegmentFeeds): Promise<Tensor> {
    const { [this.#graph.output.name]: value } = await this.#forward!.run(this.#inputs(segment, feeds));
    return value!;
  }

  /**
   * The gradients of the weights of a segment, written where `gradientOf` says; of its input, for the segment before it; and
   * the loss, if it ends in one.
   *
   * @param gradient of its output; none of a loss
   */
  async backward(
    segment: Segment,
    feeds: SegmentFeeds,
    gradientOf: (weight: string) => Float32Array,
    gradient?: Tensor,
  ): Promise<{ input: Tensor | undefined; output: Tensor | undefined }> {
    const inputs = this.#inputs(segment, feeds);
    const outputs = Object.fromEntries(
      this.#graph.weights.map(({ name, shape }, at) => [
        this.#names.get(name)!,
        { dims: shape, data: gradientOf(segment.weights[at]!.name) },
      ]),
    );
    const results = await this.#backward.run(
      gradient ? { ...inputs, [OUTPUT_GRADIENT]: gradient } : inputs,
      outputs,
    );
    const input = this.#names.get(HIDDEN_INPUT);
    return {
      input: input === undefined ? undefined : results[input],
      output: results[this.#graph.output.name],
    };
  }

  async close(): Promise<void> {
    await this.#forward?.close();
    await this.#backward.close();
  }

  #inputs({ weights, places }: Segment, { data, weightOf, dropoutOf }: SegmentFeeds): Record<string, Tensor> {
    const graph = this.#graph;
    return Object.fromEntries([
      ...graph.inputs.map(({ name }) => [name, data[name]!]),
      ...graph.weights.map(({ name, shape }, at) => [
        name,
        { dims: shape, data: weightOf(weights[at]!.name) },
      ]),
      ...graph.places.map(({ name, shape }, at) => [`dropout.${name}`, dropoutOf(places[at]!, shape)]),
    ]);
  }
}

/** What the inputs of a segment are. */
export interface SegmentFeeds {
  /** token inputs, targets and what comes of the segment before it */
  readonly data: Readonly<Record<string, Tensor>>;
  weightOf(name: string): Float32Array;
  dropoutOf(place: string, shape: readonly (number | string)[]): Tensor;
}
