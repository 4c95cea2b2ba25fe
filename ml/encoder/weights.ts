import { InvalidInput } from '../errors.ts';
import type { EncoderConfig } from './config.ts';
import { type FloatTensor, floatsOf, readSafetensors, type StoredTensor } from './safetensors.ts';

/** x · weight + bias; the weight is [inputs, outputs], row by row. */
export interface Dense {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Normalised to mean 0 and deviation 1, then times `scale` and plus `shift`. */
export interface LayerNorm {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

export interface EncoderLayer {
  readonly query: Dense;
  readonly key: Dense;
  readonly value: Dense;
  readonly attended: Dense;
  readonly attendedNorm: LayerNorm;
  readonly inner: Dense;
  readonly outer: Dense;
  readonly outerNorm: LayerNorm;
}

/** The weights of an encoder, under the names of no library. */
export interface EncoderWeights {
  /** [vocabulary, hidden] */
  readonly words: Float32Array;
  /** [positions, hidden]; of BERT with the embedding of the first segment, where all tokens are */
  readonly positions: Float32Array;
  readonly norm: LayerNorm;
  readonly layers: readonly EncoderLayer[];
}

/** What the tensors of an encoder are called. */
interface Names {
  readonly prefixes: readonly string[];
  layer(at: number): string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attended: string;
  readonly attendedNorm: string;
  readonly inner: string;
  readonly outer: string;
  readonly outerNorm: string;
}

const NAMES: Readonly<Record<EncoderConfig['kind'], Names>> = {
  bert: {
    prefixes: ['', 'bert.'],
    layer: (at) => `encoder.layer.${at}.`,
    query: 'attention.self.query',
    key: 'attention.self.key',
    value: 'attention.self.value',
    attended: 'attention.output.dense',
    attendedNorm: 'attention.output.LayerNorm',
    inner: 'intermediate.dense',
    outer: 'output.dense',
    outerNorm: 'output.LayerNorm',
  },
  distilbert: {
    prefixes: ['', 'distilbert.'],
    layer: (at) => `transformer.layer.${at}.`,
    query: 'attention.q_lin',
    key: 'attention.k_lin',
    value: 'attention.v_lin',
    attended: 'attention.out_lin',
    attendedNorm: 'sa_layer_norm',
    inner: 'ffn.lin1',
    outer: 'ffn.lin2',
    outerNorm: 'output_layer_norm',
  },
};

const FILE = 'model.safetensors';

/**
 * The weights of an encoder in a file of safetensors, as the library transformers names them, with its prefix or without.
 *
 * @throws InvalidInput `weights` for a file that is truncated, and for a tensor that is missing or of another shape
 */
export function readEncoderWeights(config: EncoderConfig, file: Uint8Array): EncoderWeights {
  const { hidden, intermediate, vocabulary, positions: count } = config;
  const names = NAMES[config.kind];
  const tensors = new Tensors(readSafetensors(file, FILE), names.prefixes);
  const dense = (name: string, inputs: number, outputs: number): Dense => ({
    weight: transposed(tensors.floats(`${name}.weight`, [outputs, inputs]), outputs, inputs),
    bias: tensors.floats(`${name}.bias`, [outputs]),
  });
  const norm = (name: string): LayerNorm => ({
    scale: tensors.floats([`${name}.weight`, `${name}.gamma`], [hidden]), // as BERT's first releases call it
    shift: tensors.floats([`${name}.bias`, `${name}.beta`], [hidden]),
  });
  const words = tensors.floats('embeddings.word_embeddings.weight', [vocabulary, hidden]);
  const positions = tensors.floats('embeddings.position_embeddings.weight', [count, hidden]);
  if (config.kind === 'bert') {
    const segments = tensors.floats('embeddings.token_type_embeddings.weight', [undefined, hidden]);
    for (let at = 0; at < positions.length; at++) positions[at]! += segments[at % hidden]!;
  }
  return {
    words,
    positions,
    norm: norm('embeddings.LayerNorm'),
    layers: Array.from({ length: config.layers }, (_, at) => {
      const layer = names.layer(at);
      return {
        query: dense(layer + names.query, hidden, hidden),
        key: dense(layer + names.key, hidden, hidden),
        value: dense(layer + names.value, hidden, hidden),
        attended: dense(layer + names.attended, hidden, hidden),
        attendedNorm: norm(layer + names.attendedNorm),
        inner: dense(layer + names.inner, hidden, intermediate),
        outer: dense(layer + names.outer, intermediate, hidden),
        outerNorm: norm(layer + names.outerNorm),
      };
    }),
  };
}

/**
 * The same weights as the library transformers names and lays them, with the prefix of its classifiers: the inverse of
 * `readEncoderWeights`. The embedding of BERT's first segment is in its positions, so that of the segments is 0.
 */
export function encoderTensors(config: EncoderConfig, weights: EncoderWeights): Map<string, FloatTensor> {
  const { hidden, vocabulary, positions: count } = config;
  const names = NAMES[config.kind];
  const prefix = names.prefixes.at(-1)!;
  const tensors = new Map<string, FloatTensor>();
  const put = (name: string, shape: readonly number[], values: Float32Array) =>
    tensors.set(prefix + name, { shape, values });
  const dense = (name: string, { weight, bias }: Dense) => {
    const [inputs, outputs] = [weight.length / bias.length, bias.length];
    put(`${name}.weight`, [outputs, inputs], transposed(weight, inputs, outputs));
    put(`${name}.bias`, [outputs], bias);
  };
  const norm = (name: string, { scale, shift }: LayerNorm) => {
    put(`${name}.weight`, [hidden], scale);
    put(`${name}.bias`, [hidden], shift);
  };
  put('embeddings.word_embeddings.weight', [vocabulary, hidden], weights.words);
  put('embeddings.position_embeddings.weight', [count, hidden], weights.positions);
  if (config.kind === 'bert') {
    put('embeddings.token_type_embeddings.weight', [SEGMENTS, hidden], new Float32Array(SEGMENTS * hidden));
  }
  norm('embeddings.LayerNorm', weights.norm);
  for (const [at, layer] of weights.layers.entries()) {
    const own = names.layer(at);
    for (const name of ['query', 'key', 'value', 'attended', 'inner', 'outer'] as const) {
      dense(own + names[name], layer[name]);
    }
    norm(own + names.attendedNorm, layer.attendedNorm);
    norm(own + names.outerNorm, layer.outerNorm);
  }
  return tensors;
}

/** that BERT knows */
export const SEGMENTS = 2;

class Tensors {
  readonly #stored: ReadonlyMap<string, StoredTensor>;
  readonly #prefix: string;

  constructor(stored: ReadonlyMap<string, StoredTensor>, prefixes: readonly string[]) {
    this.#stored = stored;
    this.#prefix = prefixes.find((prefix) => stored.has(`${prefix}embeddings.word_embeddings.weight`)) ?? '';
  }

  /** The values of the first tensor that there is of these names; a size that is undefined may be any. */
  floats(names: string | readonly string[], shape: readonly (number | undefined)[]): Float32Array {
    const all = [names].flat().map((name) => this.#prefix + name);
    const name = all.find((candidate) => this.#stored.has(candidate));
    if (name === undefined) {
      throw new InvalidInput('weights', `${FILE} has no tensor ${all[0]}, which config.json asks for`);
    }
    const stored = this.#stored.get(name)!;
    const fits =
      stored.shape.length === shape.length &&
      shape.every((size, at) => size === undefined || size === stored.shape[at]);
    if (fits) return floatsOf(stored, name);
    const asked = shape.map((size) => size ?? 'any').join(', ');
    throw new InvalidInput(
      'weights',
      `${FILE}: ${name} is [${stored.shape.join(', ')}], but config.json asks for [${asked}]`,
    );
  }
}

/** A matrix of so many rows and columns with rows and columns exchanged. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return turned;
}
