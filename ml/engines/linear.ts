import { linearParameters } from '../linear/parameters.ts';
import type { Engine } from './engine.ts';

/** TF-IDF of texts, or columns of a table, and a linear model of them, in typed arrays. */
export const engine: Engine = {
  parameters: linearParameters,
  tasks: ['classification', 'multilabel', 'regression'],
  instances: ['text', 'table'],
  warmStart: true,
  space: {
    c: { type: 'log_float', low: 0.02, high: 20 },
    idfPower: { type: 'float', low: 0.5, high: 2.5 },
    minDf: { type: 'int', low: 1, high: 5 },
    ngram: { type: 'categorical', choices: [1, 2] },
    classWeights: { type: 'categorical', choices: ['none', 'balanced'] },
  },

  async train(job) {
    const { train } = await import('../linear/training.ts'); // most processes only ask what it takes
    return train(job);
  },
};
