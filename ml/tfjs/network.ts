import type { TableEncoder } from '../linear/table.ts';
import type { TextEncoder } from '../linear/text.ts';
import type { Random } from '../random.ts';

/** Inputs · weights + bias: (inputs + 1) × outputs, row by row; the last row is the bias. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
}

/**
 * Layers one after the other, with ReLU between them; but what the first makes of a text is its embedding, the weighted
 * sum of those of its terms, and stays as it is.
 */
export interface Network extends Layers {
  readonly encoder: TextEncoder | TableEncoder;
}

/** All of a network that it computes with. */
export interface Layers {
  readonly encoder: { readonly kind: 'text' | 'table' };
  readonly layers: readonly Layer[];
}

/** Whether ReLU follows a layer. */
export const isRectified = ({ encoder, layers }: Layers, layer: number): boolean =>
  layer < layers.length - 1 && !(layer === 0 && encoder.kind === 'text');

/**
 * Weights at random. Those before a ReLU as He, Zhang, Ren and Sun (2015) have them, others as Glorot and Bengio (2010); a
 * text has length 1 however many terms there are, so each embedding counts as the only input of its layer.
 *
 * @param sizes of the layers between the inputs and the scores
 */
export function initialNetwork(
  encoder: Network['encoder'],
  sizes: readonly number[],
  scores: number,
  random: Random,
): Network {
  const outputs = [...sizes, scores];
  const layers = outputs.map((size, at): Layer => {
    const inputs = at === 0 ? encoder.columns : outputs[at - 1]!;
    const isEmbedding = at === 0 && encoder.kind === 'text';
    const isLast = at === outputs.length - 1;
    const limit = Math.sqrt(6 / (isEmbedding ? 1 + size : isLast ? inputs + size : inputs));
    const weights = new Float32Array((inputs + 1) * size);
    for (let weight = 0; weight < inputs * size; weight++) weights[weight] = limit * (2 * random() - 1);
    return { inputs, outputs: size, weights };
  });
  return { encoder, layers };
}

export const weightCount = ({ layers }: Network): number =>
  layers.reduce((sum, { weights }) => sum + weights.length, 0);
