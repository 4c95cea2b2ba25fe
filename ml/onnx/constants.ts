import { writtenModel } from './messages.ts';

interface ReadConstant {
  readonly name: string;
  readonly data_type: number;
  readonly raw_data: Uint8Array;
}

/** The constants of a graph that epochlog wrote, by name: its floats and integers as numbers. */
export function readConstants(onnx: Uint8Array): ReadonlyMap<string, Float32Array | Int32Array> {
  const { graph } = writtenModel().toObject(writtenModel().decode(onnx), { longs: Number }) as {
    graph: { initializer?: readonly ReadConstant[] };
  };
  return new Map((graph.initializer ?? []).map((constant) => [constant.name, valuesOf(constant)]));
}

const [FLOAT, UINT8, INT8, INT32, FLOAT16] = [1, 2, 3, 6, 10];

/** The values of a tensor of floats, halves, integers or bytes. */
export function valuesOf({ data_type, raw_data }: Omit<ReadConstant, 'name'>): Float32Array | Int32Array {
  const { buffer } = Uint8Array.from(raw_data); // aligned
  if (data_type === FLOAT) return new Float32Array(buffer);
  if (data_type === FLOAT16) return Float32Array.from(new Float16Array(buffer));
  if (data_type === UINT8) return Int32Array.from(new Uint8Array(buffer));
  if (data_type === INT8) return Int32Array.from(new Int8Array(buffer));
  return data_type === INT32 ? new Int32Array(buffer) : Int32Array.from(new BigInt64Array(buffer), Number);
}
