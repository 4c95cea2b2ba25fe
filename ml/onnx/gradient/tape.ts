import type { Dimension, OperatorNode } from '../model-proto.ts';
import { type GraphPart, PartBuilder } from '../part.ts';

/** Sizes of a tensor. Two that vary under different names are taken to be equal; one that varies is not taken to be 1. */
export type Shape = readonly Dimension[];

/** What is known of an operator of ONNX. */
export interface Operator {
  /** @param integers the constants of integers, by name: axes and shapes */
  shape(
    inputs: readonly Shape[],
    node: OperatorNode,
    integers: ReadonlyMap<string, readonly number[]>,
  ): Shape;
  /** The gradient of each input, made when it is asked for, of that of the output. Without it, none flows through. */
  gradient?(tape: Tape, node: OperatorNode, gradient: string): readonly ((() => string) | undefined)[];
}

type Attributes = OperatorNode['attributes'];

/** Collects the nodes that compute gradients, and knows the shape of every value of the graph. */
export class Tape {
  readonly #graph = new PartBuilder();
  readonly #operators: Readonly<Record<string, Operator>>;
  readonly #shapes: Map<string, Shape>;
  readonly #integers = new Map<string, readonly number[]>();
  readonly #constants = new Set<string>();
  #count = 0;

  /**
   * @param shapes of the inputs of the graph, by name
   * @throws RangeError for an operator that is not among these
   */
  constructor(
    operators: Readonly<Record<string, Operator>>,
    { constants, nodes }: GraphPart,
    shapes: ReadonlyMap<string, Shape>,
  ) {
    this.#operators = operators;
    this.#shapes = new Map(shapes);
    for (const { name, shape, values } of constants) {
      this.#shapes.set(name, shape);
      if (values instanceof BigInt64Array) this.#integers.set(name, Array.from(values, Number));
    }
    for (const node of nodes) this.#infer(node);
  }

  /** the nodes that were added */
  get part(): GraphPart {
    return this.#graph.part;
  }

  operator({ operator }: OperatorNode): Operator {
    const found = this.#operators[operator];
    if (found) return found;
    throw new RangeError(`no gradient is known of the operator ${operator}`);
  }

  shapeOf(name: string): Shape {
    const shape = this.#shapes.get(name);
    if (shape) return shape;
    throw new RangeError(`the graph has no value ${name}`);
  }

  integersOf(name: string): readonly number[] {
    const values = this.#integers.get(name);
    if (values) return values;
    throw new RangeError(`${name} is no constant of integers`);
  }

  /** Adds a node, and returns the name of its output. */
  op(operator: string, inputs: readonly string[], attributes?: Attributes): string {
    const output = `gradient.${this.#count++}`;
    this.#graph.node(output, operator, inputs, attributes);
    this.#infer({ operator, inputs, output, ...(attributes && { attributes }) });
    return output;
  }

  /** The same of a node that makes what has the shape of another value. */
  opLike(other: string, operator: string, inputs: readonly string[]): string {
    const output = this.op(operator, inputs);
    this.#shapes.set(output, this.shapeOf(other));
    return output;
  }

  number(value: number): string {
    return this.#constant(`number.${value}`, [], (name) => this.#graph.number(name, value));
  }

  integers(...values: readonly number[]): string {
    return this.#constant(`integers.${values}`, [values.length], (name) => {
      this.#integers.set(name, values);
      this.#graph.integers(name, ...values);
    });
  }

  /** The sum of a value over what a tensor of this shape was repeated along to be of the value's shape. */
  sumTo(value: string, target: Shape): string {
    const shape = this.shapeOf(value);
    const added = shape.length - target.length;
    const axes = shape.flatMap((size, axis) =>
      axis < added || (target[axis - added] === 1 && size !== 1) ? [axis] : [],
    );
    if (axes.length === 0) return value;
    if (axes.every((axis) => axis < added)) return this.sum(value, axes, false);
    const sums = this.sum(value, axes, true);
    const leading = Array.from({ length: added }, (_, axis) => axis);
    return added === 0 ? sums : this.op('Squeeze', [sums, this.integers(...leading)]);
  }

  sum(value: string, axes: readonly number[], keepsAxes: boolean): string {
    return this.op('ReduceSum', [value, this.integers(...axes)], { keepdims: keepsAxes ? 1 : 0 });
  }

  /** A value in the shape of another, of which it has the elements. */
  likeShape(value: string, other: string): string {
    return this.opLike(other, 'Reshape', [value, this.op('Shape', [other])]);
  }

  #constant(name: string, shape: Shape, add: (name: string) => void): string {
    const full = `gradient.${name}`;
    if (this.#constants.has(full)) return full;
    this.#constants.add(full);
    this.#shapes.set(full, shape);
    add(full);
    return full;
  }

  #infer(node: OperatorNode): void {
    const inputs = node.inputs.map((name) => this.shapeOf(name));
    this.#shapes.set(node.output, this.operator(node).shape(inputs, node, this.#integers));
  }
}
