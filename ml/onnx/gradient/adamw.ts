import { encodeModel, type TensorType } from '../model-proto.ts';
import { PartBuilder } from '../part.ts';

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];

/** Weights, their gradient and its moments, each a vector of the same length. */
const VECTORS = ['weights', 'gradient', 'first', 'second'] as const;
/** Numbers of a step, see `adamwNumbers`. */
const NUMBERS = ['gradient_scale', 'kept', 'stride', 'correction'] as const;

/** What a step changes, and the outputs that hold it then. */
export const ADAMW_OUTPUTS = { weights: 'new_weights', first: 'new_first', second: 'new_second' } as const;

/**
 * A step of AdamW, with weight decay that does not go through the gradient (Loshchilov and Hutter 2019), in the order of
 * operations of `torch.optim.AdamW`. No output is read by what makes another one, except `new_first` and `new_second` by
 * `new_weights`: so an output may be written over the input that it replaces.
 */
export function adamwGraph(): Uint8Array {
  const graph = new PartBuilder();
  graph.node('scaled', 'Mul', ['gradient', 'gradient_scale']);
  graph.node('first_way', 'Sub', ['scaled', 'first']);
  graph.node('first_change', 'Mul', ['first_way', graph.number('first_rate', 1 - BETA_1)]);
  graph.node('new_first', 'Add', ['first', 'first_change']);
  graph.node('squares', 'Mul', ['scaled', 'scaled']);
  graph.node('new_squares', 'Mul', ['squares', graph.number('second_rate', 1 - BETA_2)]);
  graph.node('old_squares', 'Mul', ['second', graph.number('second_kept', BETA_2)]);
  graph.node('new_second', 'Add', ['old_squares', 'new_squares']);
  graph.node('roots', 'Sqrt', ['new_second']);
  graph.node('corrected', 'Div', ['roots', 'correction']);
  graph.node('safe', 'Add', ['corrected', graph.number('epsilon', EPSILON)]);
  graph.node('direction', 'Div', ['new_first', 'safe']);
  graph.node('change', 'Mul', ['direction', 'stride']);
  graph.node('decayed', 'Mul', ['weights', 'kept']);
  graph.node('new_weights', 'Sub', ['decayed', 'change']);
  const vector = (name: string): TensorType => ({ name, type: 'float', shape: ['length'] });
  const number = (name: string): TensorType => ({ name, type: 'float', shape: [] });
  return encodeModel({
    name: 'adamw',
    inputs: [...VECTORS.map(vector), ...NUMBERS.map(number)],
    outputs: Object.values(ADAMW_OUTPUTS).map(vector),
    metadata: {},
    ...graph.part,
  });
}

/**
 * The numbers of one step.
 *
 * @param step from 1
 * @param gradientScale what the gradient is multiplied by, to clip it
 * @param decay of the weights, before it is multiplied by the learning rate
 */
export function adamwNumbers(
  step: number,
  learningRate: number,
  decay: number,
  gradientScale: number,
): Record<(typeof NUMBERS)[number], number> {
  return {
    gradient_scale: gradientScale,
    kept: 1 - learningRate * decay,
    stride: learningRate / (1 - BETA_1 ** step),
    correction: Math.sqrt(1 - BETA_2 ** step),
  };
}
