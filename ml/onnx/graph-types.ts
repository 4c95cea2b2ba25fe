import { readModel } from './messages.ts';

/** `data_location` of a tensor whose values are in another file */
const EXTERNAL = 1;

/** An input or an output as a graph declares it; what it leaves open is undefined. */
export interface GraphTensor {
  readonly name: string;
  /** as onnx.proto numbers element types; undefined for what is no tensor */
  readonly elementType: number | undefined;
  readonly shape: readonly (number | string)[] | undefined;
}

export interface GraphTypes {
  readonly inputs: GraphTensor[];
  readonly outputs: GraphTensor[];
  /** the name of a tensor whose values are in another file */
  readonly external: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** the classes of each classifier in it that names its classes by texts */
  readonly classes: readonly (readonly string[])[];
}

/**
 * The inputs (without those that have an initial value) and the outputs of the graph of an ONNX file, and what is in it.
 *
 * @throws Error when the bytes are not a whole model
 */
export function readGraphTypes(bytes: Uint8Array): GraphTypes {
  const model = readModel().toObject(readModel().decode(bytes), { longs: Number, arrays: true }) as Model;
  const { graph, functions, metadata_props: metadata } = model;
  if (!graph) throw new RangeError('there is no graph');
  const attributes = allAttributes([
    ...attributesOf(graph.node),
    ...functions.flatMap(({ node, attribute_proto: defaults }) => [...defaults, ...attributesOf(node)]),
  ]);
  const graphs = [graph, ...attributes.flatMap(graphsIn)];
  const sparse = [
    ...graphs.flatMap(({ sparse_initializer: constants }) => constants),
    ...attributes.flatMap(({ sparse_tensor: one, sparse_tensors: several }) => [one, ...several]),
  ];
  const tensors = [
    ...graphs.flatMap(({ initializer }) => initializer),
    ...attributes.flatMap(({ t, tensors }) => [t, ...tensors]),
    ...sparse.flatMap((tensor) => [tensor?.values, tensor?.indices]),
  ];
  const external = tensors.find((tensor) => tensor?.data_location === EXTERNAL);
  const constants = new Set(graph.initializer.map(({ name = '' }) => name));
  return {
    inputs: graph.input.map(tensorOf).filter(({ name }) => !constants.has(name)),
    outputs: graph.output.map(tensorOf),
    external: external && (external.name ?? ''),
    metadata: Object.fromEntries(metadata.map(({ key = '', value = '' }) => [key, value])),
    classes: attributes
      .filter(({ name, strings }) => name === 'classlabels_strings' && strings.length > 0)
      .map(({ strings }) => strings),
  };
}

// The messages as they are read; see messages.ts.

interface Model {
  graph?: Graph;
  metadata_props: { key?: string; value?: string }[];
  functions: { node: Node[]; attribute_proto: Attribute[] }[];
}

interface Graph {
  node: Node[];
  initializer: Tensor[];
  input: ValueInfo[];
  output: ValueInfo[];
  sparse_initializer: SparseTensor[];
}

interface Node {
  attribute: Attribute[];
}

interface Attribute {
  name?: string;
  t?: Tensor;
  g?: Graph;
  strings: string[];
  tensors: Tensor[];
  graphs: Graph[];
  sparse_tensor?: SparseTensor;
  sparse_tensors: SparseTensor[];
}

interface Tensor {
  name?: string;
  data_location?: number;
}

interface SparseTensor {
  values?: Tensor;
  indices?: Tensor;
}

interface ValueInfo {
  name?: string;
  type?: {
    tensor_type?: { elem_type?: number; shape?: { dim: { dim_value?: number; dim_param?: string }[] } };
  };
}

const attributesOf = (nodes: readonly Node[]): Attribute[] => nodes.flatMap(({ attribute }) => attribute);

const graphsIn = ({ g, graphs }: Attribute): Graph[] => (g ? [g, ...graphs] : graphs);

/** With those of the graphs in them: branches, and bodies of loops. */
function allAttributes(attributes: readonly Attribute[]): Attribute[] {
  const inner = attributes.flatMap(graphsIn).flatMap(({ node }) => attributesOf(node));
  return inner.length > 0 ? [...attributes, ...allAttributes(inner)] : [...attributes];
}

function tensorOf({ name = '', type }: ValueInfo): GraphTensor {
  const { elem_type: elementType, shape } = type?.tensor_type ?? {};
  const sizes = shape?.dim.map(({ dim_value: size, dim_param: varying = '' }) => size ?? varying);
  return { name, elementType, shape: sizes };
}

const ELEMENT_NAMES = [
  ...['undefined', 'float', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool'],
  ...['float16', 'double', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'],
];

/** What onnx.proto calls the type of the elements of a tensor. */
export const elementName = (type: number | undefined): string =>
  type === undefined ? 'no tensor' : (ELEMENT_NAMES[type] ?? `element type ${type}`);

/** A tensor as people write it: `float [batch, 3]`. */
export function describeTensor({ elementType, shape }: Omit<GraphTensor, 'name'>): string {
  if (elementType === undefined) return 'no tensor (a list or a map)';
  const sizes = shape?.map((size) => (size === '' ? '?' : size)).join(', ');
  return `${elementName(elementType)}${sizes === undefined ? '' : ` [${sizes}]`}`;
}
