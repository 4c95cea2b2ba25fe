import type { Standard } from '../linear/standard.ts';
import type { LearningProblem } from '../problem.ts';
import type { Constant, OperatorNode, TensorType } from './model-proto.ts';

/** The end of a graph: what becomes of the scores of a model, which it calls `margins`. */
export interface Head {
  readonly outputs: readonly TensorType[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly OperatorNode[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * softmax(margins / temperature), of several labels sigmoid(margins / temperature), as `probabilities`; or margins · deviation + mean as
 * `prediction`.
 */
export function headOf(task: LearningProblem, temperature: number, { mean, deviation }: Standard): Head {
  if (task.type === 'regression') {
    return {
      outputs: [{ name: 'prediction', type: 'float', shape: ['batch', 1] }],
      constants: [
        { name: 'target_deviation', shape: [], values: Float32Array.of(deviation) },
        { name: 'target_mean', shape: [], values: Float32Array.of(mean) },
      ],
      nodes: [
        { operator: 'Mul', inputs: ['margins', 'target_deviation'], output: 'scaled_margins' },
        { operator: 'Add', inputs: ['scaled_margins', 'target_mean'], output: 'prediction' },
      ],
      metadata: {},
    };
  }
  return {
    outputs: [{ name: 'probabilities', type: 'float', shape: ['batch', task.labels.length] }],
    constants: [{ name: 'temperature', shape: [], values: Float32Array.of(temperature) }],
    nodes: [
      { operator: 'Div', inputs: ['margins', 'temperature'], output: 'logits' },
      task.type === 'multilabel'
        ? { operator: 'Sigmoid', inputs: ['logits'], output: 'probabilities' }
        : { operator: 'Softmax', inputs: ['logits'], output: 'probabilities', attributes: { axis: 1 } },
    ],
    metadata: { labels: JSON.stringify(task.labels), temperature: String(temperature) },
  };
}
