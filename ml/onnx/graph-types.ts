import { delimitedFields, fieldsOf } from './protobuf.ts';

// Messages of onnx.proto as in model-proto.ts; the numbers are its field numbers.

const GRAPH = 7;
const FUNCTIONS = 25;
const INITIALIZER = 5;
const SPARSE_INITIALIZER = 15;
const INPUT = 11;
const OUTPUT = 12;
const TENSOR_NAME = 8;
const TENSOR_LOCATION = 14;
const EXTERNAL = 1;
const NODE = 1;
const FUNCTION_NODE = 7;
const NODE_ATTRIBUTE = 5;
/** Of an attribute: its name, a tensor, a graph, texts, tensors, graphs, a sparse tensor, sparse tensors. */
const ATTRIBUTE = {
  name: 1,
  tensor: 5,
  graph: 6,
  texts: 9,
  tensors: 10,
  graphs: 11,
  sparse: 22,
  sparses: 23,
} as const;
const MAX_DEPTH = 20;

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
  /** the classes of each classifier in it that names its classes by texts */
  readonly classes: readonly (readonly string[])[];
}

/**
 * The inputs (without those that have an initial value) and the outputs of the graph of an ONNX file, and what is in it.
 *
 * @throws RangeError when the bytes are not a whole model
 */
export function readGraphTypes(model: Uint8Array): GraphTypes {
  const parts = [...delimitedFields(model)];
  const graph = parts.find(({ field }) => field === GRAPH);
  if (!graph) throw new RangeError('there is no graph');
  const fields = [...delimitedFields(graph.bytes)];
  const all = (wanted: number) => fields.filter(({ field }) => field === wanted).map(({ bytes }) => bytes);
  const constants = new Set(all(INITIALIZER).map((tensor) => textIn(tensor, TENSOR_NAME)));
  const found: Found = { external: undefined, classes: [] };
  searchGraph(graph.bytes, found, 0);
  for (const { field, bytes } of parts) {
    if (field === FUNCTIONS) searchNodes(bytes, FUNCTION_NODE, found, 0);
  }
  return {
    inputs: all(INPUT)
      .map(tensorIn)
      .filter(({ name }) => !constants.has(name)),
    outputs: all(OUTPUT).map(tensorIn),
    ...found,
  };
}

interface Found {
  external: string | undefined;
  classes: string[][];
}

function searchGraph(graph: Uint8Array, found: Found, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError('graphs are nested too deep');
  for (const { field, bytes } of delimitedFields(graph)) {
    if (field === INITIALIZER) searchTensor(bytes, found);
    else if (field === SPARSE_INITIALIZER) searchSparse(bytes, found);
  }
  searchNodes(graph, NODE, found, depth);
}

function searchNodes(holder: Uint8Array, node: number, found: Found, depth: number): void {
  for (const { field, bytes } of delimitedFields(holder)) {
    if (field !== node) continue;
    for (const part of delimitedFields(bytes)) {
      if (part.field === NODE_ATTRIBUTE) searchAttribute(part.bytes, found, depth);
    }
  }
}

function searchAttribute(attribute: Uint8Array, found: Found, depth: number): void {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let name = '';
  for (const { field, bytes } of delimitedFields(attribute)) {
    if (field === ATTRIBUTE.name) name = decoder.decode(bytes);
    else if (field === ATTRIBUTE.tensor || field === ATTRIBUTE.tensors) searchTensor(bytes, found);
    else if (field === ATTRIBUTE.graph || field === ATTRIBUTE.graphs) searchGraph(bytes, found, depth + 1);
    else if (field === ATTRIBUTE.sparse || field === ATTRIBUTE.sparses) searchSparse(bytes, found);
    else if (field === ATTRIBUTE.texts) texts.push(decoder.decode(bytes));
  }
  if (name === 'classlabels_strings' && texts.length > 0) found.classes.push(texts);
}

function searchTensor(tensor: Uint8Array, found: Found): void {
  if (integerIn(tensor, TENSOR_LOCATION) === EXTERNAL) found.external ??= textIn(tensor, TENSOR_NAME);
}

/** SparseTensorProto: values 1, indices 2. */
function searchSparse(sparse: Uint8Array, found: Found): void {
  for (const { field, bytes } of delimitedFields(sparse)) if (field <= 2) searchTensor(bytes, found);
}

/** ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1; its elem_type 1, shape 2. */
function tensorIn(valueInfo: Uint8Array): GraphTensor {
  const name = textIn(valueInfo, 1);
  const type = messageIn(valueInfo, 2);
  const tensor = type && messageIn(type, 1);
  if (!tensor) return { name, elementType: undefined, shape: undefined };
  const shape = messageIn(tensor, 2);
  return { name, elementType: integerIn(tensor, 1), shape: shape && dimensionsIn(shape) };
}

/** TensorShapeProto: dim 1; its dim_value 1, dim_param 2. */
const dimensionsIn = (shape: Uint8Array): (number | string)[] =>
  [...delimitedFields(shape)]
    .filter(({ field }) => field === 1)
    .map(({ bytes }) => integerIn(bytes, 1) ?? textIn(bytes, 2));

const messageIn = (message: Uint8Array, wanted: number): Uint8Array | undefined =>
  [...delimitedFields(message)].find(({ field }) => field === wanted)?.bytes;

const textIn = (message: Uint8Array, wanted: number): string =>
  new TextDecoder().decode(messageIn(message, wanted));

function integerIn(message: Uint8Array, wanted: number): number | undefined {
  for (const field of fieldsOf(message)) if (field.field === wanted && 'value' in field) return field.value;
  return undefined;
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
