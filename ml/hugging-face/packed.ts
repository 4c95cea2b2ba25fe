import { z } from 'zod';
import { partsOfBlend } from '../adapters/blend.ts';
import type { EncoderConfig } from '../encoder/config.ts';
import type { Dense, EncoderLayer, EncoderWeights, LayerNorm } from '../encoder/weights.ts';
import { InvalidInput } from '../errors.ts';
import { readConstants } from '../onnx/constants.ts';
import { readGraphTypes } from '../onnx/graph-types.ts';
import { PRECISIONS, type Precision } from '../onnx/precision.ts';
import type { ModelPackage } from '../package/validate.ts';

/** The half of a package that is an encoder with its scores. */
export interface PackedEncoder {
  readonly config: EncoderConfig;
  readonly weights: EncoderWeights;
  /** whether the mean over the tokens is scaled to length 1 before the scores are made of it */
  readonly isScaled: boolean;
  /** from the mean to the scores of labels, whose softmax is the probabilities: [hidden, labels], divided by the temperature */
  readonly head: Dense;
  readonly labels: readonly string[];
  readonly tokenizer: Uint8Array;
  readonly maxTokens: number;
  /** the text fields that it reads, in their order */
  readonly fields: readonly string[];
  /** whether the package blends it with a linear model, which is not in this half */
  readonly isBlended: boolean;
  /** that the package stores the weights in */
  readonly precision: Precision;
}

const size = z.int().positive();
/** What `encoderMetadata` writes. */
const metadataSchema = z.object({
  config: z.object({
    kind: z.enum(['bert', 'distilbert']),
    ...{ vocabulary: size, positions: size, hidden: size, intermediate: size, layers: size, heads: size },
    epsilon: z.number().positive(),
  }),
  isScaled: z.boolean(),
  precision: z.enum(PRECISIONS),
});

const settingsSchema = z.looseObject({ fields: z.array(z.string()), maxTokens: size });

/** Metadata of a graph from which `packedEncoder` knows what its constants are. */
export const encoderMetadata = (about: z.infer<typeof metadataSchema>): Record<string, string> => ({
  encoder: JSON.stringify(about),
});

/** @throws InvalidInput `layout` for a package of another engine, or of a release that did not say enough */
export function packedEncoder({ onnx, signature, adapterData, metadata }: ModelPackage): PackedEncoder {
  const about = readGraphTypes(onnx).metadata.encoder;
  if (metadata.engine !== 'encoder' || about === undefined || signature.task.type !== 'classification') {
    const why =
      metadata.engine === 'encoder'
        ? 'its graph does not say how its encoder is built: train it again'
        : `the engine ${metadata.imported === true ? 'external' : metadata.engine} made it, and only what the engine encoder makes is one of transformers`;
    throw new InvalidInput('layout', `there is no Hugging Face layout of this package: ${why}`);
  }
  const { config, isScaled, precision } = metadataSchema.parse(JSON.parse(about));
  const tokens = tokensOf(signature.adapter, adapterData);
  const constants = new Constants(readConstants(onnx));
  const isBlended = signature.adapter.name === 'blend';
  return {
    ...{ config, isScaled, isBlended, precision, labels: signature.task.labels },
    weights: weightsOf(constants, config),
    head: headOf(constants, constants.single(isBlended ? 'encoder.temperature' : 'temperature')),
    ...tokens,
  };
}

function tokensOf(
  adapter: ModelPackage['signature']['adapter'],
  data: Uint8Array,
): Pick<PackedEncoder, 'tokenizer' | 'maxTokens' | 'fields'> {
  const part =
    adapter.name === 'blend'
      ? partsOfBlend(data).find(({ settings }) => settings.name === 'tokens')
      : undefined;
  const { fields, maxTokens } = settingsSchema.parse(part?.settings ?? adapter);
  return { tokenizer: part ? new TextEncoder().encode(part.data) : data, fields, maxTokens };
}

/** The constants of the encoder by their names in `ml/onnx/bert.ts`, whatever precision they are stored in. */
class Constants {
  readonly #all: ReadonlyMap<string, Float32Array | Int32Array>;

  constructor(all: ReadonlyMap<string, Float32Array | Int32Array>) {
    this.#all = all;
  }

  single(name: string): number {
    return this.#stored(name)[0]!;
  }

  /** @param scaled which of the two dimensions of a matrix of whole numbers has a scale for each */
  floats(name: string, columns = 1, scaled: 'rows' | 'columns' = 'columns'): Float32Array {
    const stored = this.#all.get(`encoder.${name}`) ?? this.#all.get(`encoder.${name}.half`);
    if (stored) return Float32Array.from(stored);
    const integers = this.#stored(`encoder.${name}.integers`);
    const scales = this.#stored(`encoder.${name}.scales`);
    return Float32Array.from(integers, (value, at) => {
      const scale = scaled === 'columns' ? at % columns : Math.floor(at / columns);
      return value * scales[scale]!;
    });
  }

  #stored(name: string): Float32Array | Int32Array {
    const stored = this.#all.get(name);
    if (stored) return stored;
    throw new RangeError(`the graph has no constant ${name}`);
  }
}

function headOf(constants: Constants, temperature: number): Dense {
  const [weight, bias] = [constants.floats('head_weights'), constants.floats('head_bias')];
  return {
    weight: weight.map((value) => value / temperature),
    bias: bias.map((value) => value / temperature),
  };
}

function weightsOf(constants: Constants, { hidden, intermediate, layers }: EncoderConfig): EncoderWeights {
  const dense = (name: string, outputs: number): Dense => ({
    weight: constants.floats(`${name}.weight`, outputs),
    bias: constants.floats(`${name}.bias`),
  });
  const norm = (name: string): LayerNorm => ({
    scale: constants.floats(`${name}.norm_scale`),
    shift: constants.floats(`${name}.norm_shift`),
  });
  const layer = (name: string): EncoderLayer => ({
    query: dense(`${name}.query`, hidden),
    key: dense(`${name}.key`, hidden),
    value: dense(`${name}.value`, hidden),
    attended: dense(`${name}.attended`, hidden),
    attendedNorm: norm(`${name}.attention`),
    inner: dense(`${name}.inner`, intermediate),
    outer: dense(`${name}.outer`, hidden),
    outerNorm: norm(name),
  });
  return {
    words: constants.floats('words', hidden, 'rows'),
    positions: constants.floats('positions', hidden, 'rows'),
    norm: norm('embeddings'),
    layers: Array.from({ length: layers }, (_, at) => layer(`layer_${at}`)),
  };
}
