import { treesParameters } from '../trees/parameters.ts';
import type { Engine } from './engine.ts';

/** Gradient boosting of trees over histograms, for tables. A round is an epoch. */
export const engine: Engine = {
  parameters: treesParameters,
  tasks: ['classification', 'multilabel', 'regression'],
  instances: ['table'],
  space: {
    learningRate: { type: 'log_float', low: 0.02, high: 0.5 },
    maxLeaves: { type: 'log_int', low: 2, high: 127 },
    minLeaf: { type: 'log_int', low: 5, high: 100 },
    l2: { type: 'float', low: 0, high: 10 },
  },
  warmStart: true,

  async train(job) {
    const { train } = await import('../trees/training.ts'); // most processes only ask what it takes
    return train(job);
  },
};
