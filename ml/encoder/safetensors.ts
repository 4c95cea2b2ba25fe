import { InvalidInput } from '../errors.ts';

/** A tensor of a file, as it lies there. */
export interface StoredTensor {
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const LENGTH_BYTES = 8;
const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, BOOL: 1 };

/**
 * The tensors of a safetensors file, by name: the length of a header as 8 bytes, the header in JSON, then the values,
 * little-endian, at the offsets that it gives (github.com/huggingface/safetensors).
 *
 * @param name of the file, for messages
 * @throws InvalidInput `weights` for what is no whole file of this kind
 */
export function readSafetensors(bytes: Uint8Array, name: string): Map<string, StoredTensor> {
  const values = valuesOf(bytes, name);
  const tensors = Object.entries(headerOf(bytes, name)).filter(([key]) => key !== '__metadata__');
  return new Map(tensors.map(([key, entry]) => [key, tensorOf(key, entry, values, name)]));
}

function headerLength(bytes: Uint8Array, name: string): number {
  if (bytes.length < LENGTH_BYTES) throw truncated(name, `it has ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > bytes.length - LENGTH_BYTES) {
    throw truncated(name, `its header is to have ${length} bytes, the file has ${bytes.length}`);
  }
  return Number(length);
}

const valuesOf = (bytes: Uint8Array, name: string): Uint8Array =>
  bytes.subarray(LENGTH_BYTES + headerLength(bytes, name));

function headerOf(bytes: Uint8Array, name: string): object {
  const end = LENGTH_BYTES + headerLength(bytes, name);
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, end)));
    if (typeof header === 'object' && header !== null) return header;
    throw new TypeError('not an object');
  } catch (cause) {
    throw new InvalidInput('weights', `${name} is no safetensors file: its header is not JSON`, { cause });
  }
}

function tensorOf(key: string, entry: unknown, values: Uint8Array, name: string): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Record<string, unknown>;
  const isNumbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (typeof dtype !== 'string' || !isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2) {
    throw new InvalidInput('weights', `${name}: the header says nothing usable of the tensor ${key}`);
  }
  const [start, end] = offsets as [number, number];
  if (end > values.length) {
    throw truncated(name, `the tensor ${key} is to end at byte ${end} of ${values.length}`);
  }
  const size = shape.reduce((product, length) => product * length, BYTES[dtype] ?? Number.NaN);
  if (BYTES[dtype] !== undefined && size !== end - start) {
    throw new InvalidInput(
      'weights',
      `${name}: ${key} is ${dtype} [${shape.join(', ')}], which is not ${end - start} bytes`,
    );
  }
  return { type: dtype, shape, bytes: values.subarray(start, end) };
}

const truncated = (name: string, what: string) =>
  new InvalidInput('weights', `${name} is truncated: ${what}; get the file again`);

/**
 * The values of a tensor of floating-point numbers: F32, F16 or BF16.
 *
 * @throws InvalidInput `weights` for another type
 */
export function floatsOf({ type, bytes }: StoredTensor, name: string): Float32Array {
  const aligned = new Uint8Array(bytes); // a copy: these bytes may begin anywhere in the file
  if (type === 'F32') return new Float32Array(aligned.buffer);
  if (type === 'F16') return Float32Array.from(new Float16Array(aligned.buffer));
  if (type === 'BF16') {
    const halves = new Uint16Array(aligned.buffer);
    return new Float32Array(Uint32Array.from(halves, (half) => half * 0x1_0000).buffer); // its upper half
  }
  throw new InvalidInput('weights', `the tensor ${name} is of type ${type}, not F32, F16 or BF16`);
}

/** A tensor of 32-bit floating-point numbers, row by row. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The bytes of a safetensors file: tensors in their order, the header padded by spaces to a multiple of 8 bytes, and
 * `format: pt` in it, which PyTorch's readers ask for. The same tensors give the same bytes.
 */
export function writeSafetensors(tensors: ReadonlyMap<string, FloatTensor>): Uint8Array {
  let offset = 0;
  const entries = Array.from(tensors, ([name, { shape, values }]) => {
    const start = offset;
    offset += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, offset] }] as const;
  });
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  const header = new TextEncoder().encode(json);
  const length = Math.ceil(header.length / LENGTH_BYTES) * LENGTH_BYTES;
  const file = new Uint8Array(LENGTH_BYTES + length + offset).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + length;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}
