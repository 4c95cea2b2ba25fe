import type { OperatorNode } from '../model-proto.ts';
import type { GraphPart } from '../part.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { NORMALISING } from './normalising.ts';
import { PRODUCTS } from './products.ts';
import { SHAPING } from './shaping.ts';
import { type Shape, Tape } from './tape.ts';

const OPERATORS = { ...ELEMENTWISE, ...NORMALISING, ...PRODUCTS, ...SHAPING };

/** What a graph computes, and which gradients are asked for. */
export interface Differentiable {
  readonly part: GraphPart;
  /** of all inputs and of the gradients that are given, by name */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** the gradients of some values, by the names of those */
  readonly given: ReadonlyMap<string, string>;
  /** inputs and constants whose gradients are asked for */
  readonly asked: readonly string[];
}

export interface Gradients {
  /** nodes to be added to the part */
  readonly part: GraphPart;
  /** what holds the gradient, by the name of what it is of */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Gradients by reverse accumulation (Baydin et al. 2018, §3.2), as nodes that use the values of the part itself.
 *
 * @throws RangeError for an operator whose gradient is not known, and for an input of which nothing depends
 */
export function differentiate({ part, shapes, given, asked }: Differentiable): Gradients {
  const tape = new Tape(OPERATORS, part, shapes);
  const active = dependentOn(asked, part.nodes);
  const found = new Map(given);
  const add = (name: string, gradient: string) => {
    const before = found.get(name);
    found.set(name, before === undefined ? gradient : tape.op('Add', [before, gradient]));
  };
  for (const node of part.nodes.toReversed()) {
    const gradient = found.get(node.output);
    if (gradient === undefined || !active.has(node.output)) continue;
    const { gradient: rule } = tape.operator(node);
    if (!rule) throw new RangeError(`no gradient is known of the operator ${node.operator}`);
    for (const [at, make] of rule(tape, node, gradient).entries()) {
      const input = node.inputs[at]!;
      if (make && active.has(input)) add(input, make());
    }
  }
  return { part: tape.part, names: new Map(asked.map((name) => [name, gradientOf(found, name)])) };
}

/** What is asked for, and the values that depend on it. */
function dependentOn(asked: readonly string[], nodes: readonly OperatorNode[]): ReadonlySet<string> {
  const active = new Set(asked);
  for (const { inputs, output } of nodes) if (inputs.some((input) => active.has(input))) active.add(output);
  return active;
}

function gradientOf(found: ReadonlyMap<string, string>, name: string): string {
  const gradient = found.get(name);
  if (gradient !== undefined) return gradient;
  throw new RangeError(`nothing whose gradient is given depends on ${name}`);
}
