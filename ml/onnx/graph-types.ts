import { delimitedFields, fieldsOf } from './protobuf.ts';

// Messages of onnx.proto as in model-proto.ts; the numbers are its field numbers.

const GRAPH = 7;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const TENSOR_NAME = 8;

/** An input or an output as a graph declares it; what it leaves open is undefined. */
export interface GraphTensor {
  readonly name: string;
  /** as onnx.proto numbers element types; undefined for what is no tensor */
  readonly elementType: number | undefined;
  readonly shape: readonly (number | string)[] | undefined;
}

/**
 * The inputs (without those that have an initial value) and the outputs of the graph of an ONNX file.
 *
 * @throws RangeError when the bytes are not a whole model
 */
export function readGraphTypes(model: Uint8Array): { inputs: GraphTensor[]; outputs: GraphTensor[] } {
  const graph = [...delimitedFields(model)].find(({ field }) => field === GRAPH);
  const fields = graph ? [...delimitedFields(graph.bytes)] : [];
  const all = (wanted: number) => fields.filter(({ field }) => field === wanted).map(({ bytes }) => bytes);
  const constants = new Set(all(INITIALIZER).map((tensor) => textIn(tensor, TENSOR_NAME)));
  return {
    inputs: all(INPUT)
      .map(tensorIn)
      .filter(({ name }) => !constants.has(name)),
    outputs: all(OUTPUT).map(tensorIn),
  };
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
