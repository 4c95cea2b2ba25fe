import { writtenModel } from './messages.ts';

const IR_VERSION = 8;
const OPSET_VERSION = 17;
/** The operators of machine learning that are no tensor algebra; version 5 has TreeEnsemble. */
const ML_DOMAIN = 'ai.onnx.ml';
const ML_OPSET_VERSION = 5;

export const ELEMENT_TYPE = { float: 1, uint8: 2, int64: 7, string: 8, double: 11 } as const;
/** of constants alone */
const [INT8, INT32, FLOAT16] = [3, 6, 10];
const ATTRIBUTE_TYPE = { float: 1, integer: 2, text: 3, tensor: 4, graph: 5, integers: 7 } as const;

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

export type TensorValues = Float32Array | Float16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** An integer, a text, a number that need not be whole, a list of integers, a tensor of one dimension, or a graph. */
export type Attribute =
  | number
  | string
  | { readonly float: number }
  | readonly number[]
  | Float32Array
  | Uint8Array
  | InnerGraph;

/** A branch: it uses the values of the graph that it is in, and has no inputs of its own. */
export interface InnerGraph {
  readonly name: string;
  readonly nodes: readonly OperatorNode[];
  readonly outputs: readonly TensorType[];
}

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
export function encodeModel(model: OnnxModel): Uint8Array {
  const usesMl = model.nodes.some(({ domain }) => domain === ML_DOMAIN);
  const encoded = writtenModel()
    .encode({
      ir_version: IR_VERSION,
      producer_name: 'epochlog',
      graph: {
        node: model.nodes.map(nodeMessage),
        name: model.name,
        initializer: model.constants.map(tensorMessage),
        input: model.inputs.map(valueInfoMessage),
        output: model.outputs.map(valueInfoMessage),
      },
      opset_import: [
        { domain: '', version: OPSET_VERSION },
        ...(usesMl ? [{ domain: ML_DOMAIN, version: ML_OPSET_VERSION }] : []),
      ],
      metadata_props: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    })
    .finish();
  return new Uint8Array(encoded); // no Buffer, whose slices share its memory
}

const nodeMessage = ({ domain, operator, inputs, output, attributes = {} }: OperatorNode) => ({
  input: inputs,
  output: [output],
  name: output,
  op_type: operator,
  attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
  ...(domain && { domain }),
});

function attributeMessage(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE_TYPE.integer };
  if (typeof value === 'string') {
    return { name, s: new TextEncoder().encode(value), type: ATTRIBUTE_TYPE.text };
  }
  if (value instanceof Float32Array || value instanceof Uint8Array)
    return {
      name,
      t: tensorMessage({ name, shape: [value.length], values: value }),
      type: ATTRIBUTE_TYPE.tensor,
    };
  if ('nodes' in value) return { name, g: innerMessage(value), type: ATTRIBUTE_TYPE.graph };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE_TYPE.float };
  return { name, ints: value, type: ATTRIBUTE_TYPE.integers };
}

const innerMessage = ({ name, nodes, outputs }: InnerGraph): object => ({
  name,
  node: nodes.map(nodeMessage),
  output: outputs.map(valueInfoMessage),
});

const tensorMessage = ({ name, shape, values }: Constant) => ({
  dims: shape,
  data_type: elementOf(values),
  name,
  raw_data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength), // little-endian, as hosts are
});

function elementOf(values: TensorValues): number {
  if (values instanceof Float32Array) return ELEMENT_TYPE.float;
  if (values instanceof Float16Array) return FLOAT16;
  if (values instanceof Int32Array) return INT32;
  if (values instanceof Int8Array) return INT8;
  return values instanceof Uint8Array ? ELEMENT_TYPE.uint8 : ELEMENT_TYPE.int64;
}

const valueInfoMessage = ({ name, type, shape }: TensorType) => ({
  name,
  type: {
    tensor_type: {
      elem_type: ELEMENT_TYPE[type],
      shape: {
        dim: shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size })),
      },
    },
  },
});
