import type { Constant, OperatorNode } from './model-proto.ts';
import type { GraphPart } from './part.ts';

/** How the matrices of a graph are stored. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Of Cast, as onnx.proto numbers types. */
const [FLOAT, UINT8] = [1, 2];
/** what stands for 0 in a byte without a sign, as the fast kernels take what is multiplied by a weight */
const ZERO = 128;
/** of whole numbers with a sign, on each side of 0 */
const LEVELS = 127;
/** of a row, so that zeros are not divided by zero */
const LEAST_PEAK = 1e-12;

/**
 * A part whose matrices take less room.
 *
 * `fp16`: half the size; computed in 32 bits, which ONNX Runtime makes of them as it opens the graph.
 *
 * `int8`: a quarter of the size, multiplied as whole numbers. A weight has a scale for each column, and what is multiplied by it
 * one for each row, that is token, computed as it comes (vector-wise dynamic quantisation: Dettmers et al. 2022, "LLM.int8()",
 * §2.1). So what comes of a text does not depend on the other texts of its batch, as it would with a scale for all. A table of
 * embeddings has a scale for each row.
 */
export function withPrecision(part: GraphPart, precision: Precision): GraphPart {
  if (precision === 'fp32') return part;
  return precision === 'fp16' ? withHalves(part) : new Quantiser(part).part;
}

type Matrix = Constant & { readonly values: Float32Array };

const isMatrix = (constant: Constant): constant is Matrix =>
  constant.values instanceof Float32Array && constant.shape.length === 2;

function withHalves({ constants, nodes }: GraphPart): GraphPart {
  const casts = constants.filter(isMatrix).map(({ name }) => ({
    operator: 'Cast',
    inputs: [`${name}.half`],
    output: name,
    attributes: { to: FLOAT },
  }));
  return {
    constants: constants.map((constant) =>
      isMatrix(constant)
        ? { ...constant, name: `${constant.name}.half`, values: Float16Array.from(constant.values) }
        : constant,
    ),
    nodes: [...casts, ...nodes],
  };
}

/** Rows of a value as whole numbers, and what each row is to be multiplied by. */
interface QuantisedRows {
  readonly integers: string;
  readonly scales: string;
}

class Quantiser {
  readonly #nodes: OperatorNode[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #matrices: ReadonlyMap<string, Matrix>;
  readonly #rows = new Map<string, QuantisedRows>();

  constructor({ constants, nodes }: GraphPart) {
    this.#matrices = new Map(constants.filter(isMatrix).map((matrix) => [matrix.name, matrix]));
    for (const node of nodes) {
      const [first = '', second = ''] = node.inputs;
      const weight = this.#matrices.get(second);
      const table = this.#matrices.get(first);
      if (node.operator === 'MatMul' && weight) this.#multiply(first, weight, node.output);
      else if (node.operator === 'Gather' && table) this.#lookUp(table, second, node.output);
      else this.#nodes.push(node);
    }
    const used = new Set(this.#nodes.flatMap(({ inputs }) => inputs));
    for (const constant of constants) if (used.has(constant.name)) this.#add(constant);
  }

  get part(): GraphPart {
    return { constants: [...this.#constants.values()], nodes: this.#nodes };
  }

  /** (whole numbers of the value · whole numbers of the weight) · scales of columns · scales of rows. */
  #multiply(value: string, { name, shape, values }: Matrix, output: string): void {
    const [inner, columns] = shape as [number, number];
    const transposed = quantisedRows(transpose(values, inner, columns), columns, inner);
    const integers = this.#add({
      ...{ name: `${name}.integers`, shape },
      values: transpose(transposed.integers, columns, inner),
    });
    const scales = this.#add({ name: `${name}.scales`, shape: [columns], values: transposed.scales });
    const rows = this.#rowsOf(value);
    const product = this.#node(`${output}.integers`, 'MatMulInteger', [
      ...[rows.integers, integers],
      this.#add({ name: 'quantised.zero_point', shape: [], values: Uint8Array.of(ZERO) }),
    ]);
    const floats = this.#node(`${output}.floats`, 'Cast', [product], { to: FLOAT });
    const scaled = this.#node(`${output}.scaled`, 'Mul', [floats, scales]);
    this.#node(output, 'Mul', [scaled, rows.scales]);
  }

  #rowsOf(value: string): QuantisedRows {
    const known = this.#rows.get(value);
    if (known) return known;
    const sizes = this.#node(`${value}.sizes`, 'Abs', [value]);
    const peaks = this.#node(`${value}.peaks`, 'ReduceMax', [sizes], { axes: [-1], keepdims: 1 });
    const safe = this.#node(`${value}.safe_peaks`, 'Max', [peaks, this.#number('least_peak', LEAST_PEAK)]);
    const scales = this.#node(`${value}.scales`, 'Mul', [safe, this.#number('level', 1 / LEVELS)]);
    const levels = this.#node(`${value}.levels`, 'Div', [value, scales]);
    const rounded = this.#node(`${value}.rounded`, 'Round', [levels]);
    const raised = this.#node(`${value}.raised`, 'Add', [rounded, this.#number('zero', ZERO)]);
    const integers = this.#node(`${value}.uint8`, 'Cast', [raised], { to: UINT8 });
    const rows = { integers, scales };
    this.#rows.set(value, rows);
    return rows;
  }

  #lookUp({ name, shape, values }: Matrix, indices: string, output: string): void {
    const [rows, columns] = shape as [number, number];
    const table = quantisedRows(values, rows, columns);
    const integers = this.#add({ name: `${name}.integers`, shape, values: table.integers });
    const scales = this.#add({ name: `${name}.scales`, shape: [rows, 1], values: table.scales });
    const found = this.#node(`${output}.integers`, 'Gather', [integers, indices]);
    const floats = this.#node(`${output}.floats`, 'Cast', [found], { to: FLOAT });
    const scale = this.#node(`${output}.scale`, 'Gather', [scales, indices]);
    this.#node(output, 'Mul', [floats, scale]);
  }

  #add(constant: Constant): string {
    this.#constants.set(constant.name, constant);
    return constant.name;
  }

  #number(name: string, value: number): string {
    return this.#add({ name: `quantised.${name}`, shape: [], values: Float32Array.of(value) });
  }

  #node(
    output: string,
    operator: string,
    inputs: readonly string[],
    attributes?: OperatorNode['attributes'],
  ): string {
    this.#nodes.push({ operator, inputs, output, ...(attributes && { attributes }) });
    return output;
  }
}

/** Each row as whole numbers from −127 to 127 and what they are to be multiplied by. */
function quantisedRows(
  values: Float32Array,
  rows: number,
  columns: number,
): { integers: Int8Array; scales: Float32Array } {
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let peak = LEAST_PEAK;
    for (let at = start; at < end; at++) peak = Math.max(peak, Math.abs(values[at]!));
    scales[row] = peak / LEVELS;
    for (let at = start; at < end; at++) integers[at] = Math.round((values[at]! * LEVELS) / peak);
  }
  return { integers, scales };
}

function transpose<T extends Float32Array | Int8Array>(values: T, rows: number, columns: number): T {
  const turned = values.slice() as T;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return turned;
}
