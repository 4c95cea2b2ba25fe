import type { Constant, OperatorNode } from './model-proto.ts';

/** Nodes of a graph with the constants that they use. */
export interface GraphPart {
  readonly constants: readonly Constant[];
  readonly nodes: readonly OperatorNode[];
}

/** A part under names of its own, so that it can stand beside another; what it takes from outside keeps its name. */
export function named(prefix: string, { constants, nodes }: GraphPart): GraphPart {
  const own = new Set([...constants.map(({ name }) => name), ...nodes.map(({ output }) => output)]);
  const rename = (name: string) => (own.has(name) ? `${prefix}.${name}` : name);
  return {
    constants: constants.map((constant) => ({ ...constant, name: rename(constant.name) })),
    nodes: nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      output: rename(node.output),
    })),
  };
}

/** A part whose node `from` is called `to`; nothing else of the part takes it as an input. */
export const renamed = ({ constants, nodes }: GraphPart, from: string, to: string): GraphPart => ({
  constants,
  nodes: nodes.map((node) => (node.output === from ? { ...node, output: to } : node)),
});

/** Collects a part node by node: each call returns the name of what it adds. */
export class PartBuilder {
  readonly #constants: Constant[] = [];
  readonly #nodes: OperatorNode[] = [];

  get part(): GraphPart {
    return { constants: this.#constants, nodes: this.#nodes };
  }

  floats(name: string, shape: readonly number[], values: Float32Array): string {
    this.#constants.push({ name, shape, values });
    return name;
  }

  number(name: string, value: number): string {
    return this.floats(name, [], Float32Array.of(value));
  }

  integers(name: string, ...values: readonly number[]): string {
    this.#constants.push({ name, shape: [values.length], values: BigInt64Array.from(values, BigInt) });
    return name;
  }

  node(
    output: string,
    operator: string,
    inputs: readonly string[],
    attributes?: OperatorNode['attributes'],
  ): string {
    this.#nodes.push({ operator, inputs, output, ...(attributes && { attributes }) });
    return output;
  }
}
