import { networkParameters } from '../tfjs/parameters.ts';
import type { Engine } from './engine.ts';

/** Networks on TensorFlow.js: averaged embeddings of texts, layers with ReLU for tables. */
export const engine: Engine = {
  parameters: networkParameters,
  tasks: ['classification', 'multilabel', 'regression'],
  instances: ['text', 'table'],
  space: {
    learningRate: { type: 'log_float', low: 0.0005, high: 0.05 },
    weightDecay: { type: 'log_float', low: 0.001, high: 0.1 },
    dropout: { type: 'float', low: 0, high: 0.5, step: 0.1 },
    termDropout: { type: 'float', low: 0, high: 0.5, step: 0.1 },
    embedding: { type: 'log_int', low: 8, high: 128 },
    batchSize: { type: 'categorical', choices: ['auto', 32, 128] },
  },
  warmStart: true,

  async train(job) {
    const { train } = await import('../tfjs/training.ts'); // most processes only ask what it takes
    return train(job);
  },
};
