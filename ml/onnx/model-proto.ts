import {
  bytesField,
  concat,
  delimitedFields,
  type Encoded,
  integerField,
  messageField,
  textField,
} from './protobuf.ts';

// Messages of onnx.proto (github.com/onnx/onnx, IR version 8); the numbers are its field numbers.

const IR_VERSION = 8;
const OPSET_VERSION = 17;
const METADATA_PROPS = 14;
/** The operators of machine learning that are no tensor algebra; version 5 has TreeEnsemble. */
const ML_DOMAIN = 'ai.onnx.ml';
const ML_OPSET_VERSION = 5;

export const ELEMENT_TYPE = { float: 1, uint8: 2, int64: 7, string: 8, double: 11 } as const;
const ATTRIBUTE_TYPE = { integer: 2, tensor: 4, integers: 7 } as const;

/** A dimension: its size, or the name of one that varies. */
export type Dimension = number | string;

export interface TensorType {
  readonly name: string;
  readonly type: keyof typeof ELEMENT_TYPE;
  readonly shape: readonly Dimension[];
}

export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export type TensorValues = Float32Array | BigInt64Array | Uint8Array;

/** An integer, a list of integers, or a tensor of one dimension. */
export type Attribute = number | readonly number[] | Float32Array | Uint8Array;

export interface OperatorNode {
  /** without one, the operators of ONNX itself */
  readonly domain?: typeof ML_DOMAIN;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxModel {
  readonly name: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly OperatorNode[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of an ONNX file. The same model gives the same bytes. */
export function encodeModel(model: OnnxModel): Encoded {
  const graph = [
    ...model.nodes.map((node) => messageField(1, encodeNode(node))),
    textField(2, model.name),
    ...model.constants.map((constant) => messageField(5, encodeTensor(constant))),
    ...model.inputs.map((input) => messageField(11, encodeValueInfo(input))),
    ...model.outputs.map((output) => messageField(12, encodeValueInfo(output))),
  ];
  return concat([
    integerField(1, IR_VERSION),
    textField(2, 'epochlog'),
    messageField(7, graph),
    messageField(8, [textField(1, ''), integerField(2, OPSET_VERSION)]),
    ...(model.nodes.some(({ domain }) => domain === ML_DOMAIN)
      ? [messageField(8, [textField(1, ML_DOMAIN), integerField(2, ML_OPSET_VERSION)])]
      : []),
    ...Object.entries(model.metadata).map(([key, value]) =>
      messageField(METADATA_PROPS, [textField(1, key), textField(2, value)]),
    ),
  ]);
}

/**
 * The metadata of an ONNX file.
 *
 * @throws RangeError when the bytes are not a whole model
 */
export function readMetadata(model: Uint8Array): Map<string, string> {
  const decoder = new TextDecoder();
  const metadata = new Map<string, string>();
  for (const { field, bytes } of delimitedFields(model)) {
    if (field !== METADATA_PROPS) continue;
    const entry = new Map(
      [...delimitedFields(bytes)].map((part) => [part.field, decoder.decode(part.bytes)]),
    );
    metadata.set(entry.get(1) ?? '', entry.get(2) ?? '');
  }
  return metadata;
}

function encodeNode({ domain, operator, inputs, output, attributes = {} }: OperatorNode): Encoded[] {
  return [
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, output),
    textField(4, operator),
    ...Object.entries(attributes).map(([name, value]) => messageField(5, encodeAttribute(name, value))),
    ...(domain ? [textField(7, domain)] : []),
  ];
}

function encodeAttribute(name: string, value: Attribute): Encoded[] {
  const start = textField(1, name);
  if (typeof value === 'number') {
    return [start, integerField(3, value), integerField(20, ATTRIBUTE_TYPE.integer)];
  }
  if (value instanceof Float32Array || value instanceof Uint8Array) {
    const tensor = encodeTensor({ name, shape: [value.length], values: value });
    return [start, messageField(5, tensor), integerField(20, ATTRIBUTE_TYPE.tensor)];
  }
  const integers = value.map((integer) => integerField(8, integer));
  return [start, ...integers, integerField(20, ATTRIBUTE_TYPE.integers)];
}

function encodeTensor({ name, shape, values }: Constant): Encoded[] {
  return [
    ...shape.map((size) => integerField(1, size)),
    integerField(2, ELEMENT_TYPE[elementOf(values)]),
    textField(8, name),
    bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)), // little-endian, as hosts are
  ];
}

function elementOf(values: TensorValues): keyof typeof ELEMENT_TYPE {
  if (values instanceof Float32Array) return 'float';
  return values instanceof Uint8Array ? 'uint8' : 'int64';
}

function encodeValueInfo({ name, type, shape }: TensorType): Encoded[] {
  const dimensions = shape.map((size) =>
    messageField(1, [typeof size === 'number' ? integerField(1, size) : textField(2, size)]),
  );
  const tensor = [integerField(1, ELEMENT_TYPE[type]), messageField(2, dimensions)];
  return [textField(1, name), messageField(2, [messageField(1, tensor)])];
}
