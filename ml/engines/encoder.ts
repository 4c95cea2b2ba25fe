import { encoderParameters } from '../encoder/parameters.ts';
import type { Engine } from './engine.ts';

/** A pretrained encoder of texts with a logistic regression, or tuned with a layer of scores; blended with `linear`. */
export const engine: Engine = {
  parameters: encoderParameters,
  tasks: ['classification'],
  instances: ['text'],
  space: {
    encoderC: { type: 'categorical', choices: ['auto', 0.0005, 0.001, 0.004, 0.008, 0.02] }, // auto is of the number of texts
    c: { type: 'log_float', low: 0.05, high: 5 },
    idfPower: { type: 'float', low: 0.5, high: 2.5, step: 0.25 },
    minDf: { type: 'int', low: 1, high: 5 },
  },

  async train(job) {
    const { train } = await import('../encoder/training.ts'); // most processes only ask what it takes
    return train(job);
  },
};
