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

const ELEMENT_TYPE = { float: 1, int64: 7 } as const;
const INTEGER_ATTRIBUTE = 2;

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
  readonly values: Float32Array | BigInt64Array;
}

export interface OperatorNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number>>;
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

function encodeNode({ operator, inputs, output, attributes = {} }: OperatorNode): Encoded[] {
  return [
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, output),
    textField(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      messageField(5, [textField(1, name), integerField(3, value), integerField(20, INTEGER_ATTRIBUTE)]),
    ),
  ];
}

function encodeTensor({ name, shape, values }: Constant): Encoded[] {
  return [
    ...shape.map((size) => integerField(1, size)),
    integerField(2, values instanceof Float32Array ? ELEMENT_TYPE.float : ELEMENT_TYPE.int64),
    textField(8, name),
    bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)), // little-endian, as hosts are
  ];
}

function encodeValueInfo({ name, type, shape }: TensorType): Encoded[] {
  const dimensions = shape.map((size) =>
    messageField(1, [typeof size === 'number' ? integerField(1, size) : textField(2, size)]),
  );
  const tensor = [integerField(1, ELEMENT_TYPE[type]), messageField(2, dimensions)];
  return [textField(1, name), messageField(2, [messageField(1, tensor)])];
}
