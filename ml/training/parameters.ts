import { z } from 'zod';
import { TUNED_FOR } from '../calibration/threshold.ts';
import { OPTIMISERS } from './optimiser.ts';
import { SCHEDULES } from './schedule.ts';

/**
 * Parameters that engines share, for the object of an engine's own (`z.strictObject({ …, ...stepParameters() })`). In a
 * training file they may stand under the section that they name; see `trainingFile` of tasks.
 */

const of = (section: string) => ({ section });

/** Of engines that take steps: the optimiser and its learning rate. */
export const stepParameters = (defaults: {
  learningRate: number;
  weightDecay: number;
  warmupSteps: number;
}) => ({
  optimiser: z
    .enum(OPTIMISERS)
    .default('adamw')
    .describe('what makes steps of gradients')
    .meta(of('optimiser')),
  learningRate: z.number().positive().max(10).default(defaults.learningRate).meta(of('optimiser')),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(defaults.weightDecay)
    .describe('by which weights shrink, times the learning rate')
    .meta(of('optimiser')),
  momentum: z.number().min(0).lt(1).default(0).describe('of sgd').meta(of('optimiser')),
  clipNorm: z
    .number()
    .min(0)
    .default(1)
    .describe('longest gradient; a longer one is shortened to it; 0: as it is')
    .meta(of('optimiser')),
  schedule: z
    .enum(SCHEDULES)
    .default('linear')
    .describe('of the learning rate after the warm-up')
    .meta(of('schedule')),
  warmupSteps: z
    .int()
    .min(0)
    .default(defaults.warmupSteps)
    .describe('steps in which the learning rate rises from 0')
    .meta(of('schedule')),
});

/** Of engines that learn labels: from which probability on a label is the answer. See `DecisionParameters`. */
export const decisionParameters = {
  threshold: z
    .union(
      [z.number().gt(0).lt(1), z.enum(['even', ...TUNED_FOR])],
      'must be even, f1, youden, cost, or a probability between 0 and 1',
    )
    .default('even')
    .describe(
      'of two labels, or several: the probability from which on one is answered, or what it is tuned for',
    ),
  falseNegativeCost: z
    .number()
    .positive()
    .max(1e6)
    .default(1)
    .describe(
      'of threshold cost: what a label that is missed costs, where one that is given wrongly costs 1',
    ),
};

/** Of engines whose epochs are validated: when to stop. The best epoch is restored. */
export const stoppingParameters = (defaults: { patience: number; minDelta: number }) => ({
  patience: z
    .int()
    .min(1)
    .default(defaults.patience)
    .describe('epochs in a row without a better validation, to stop after')
    .meta(of('earlyStopping')),
  minDelta: z
    .number()
    .min(0)
    .default(defaults.minDelta)
    .describe('by more than this a validation must be better')
    .meta(of('earlyStopping')),
  monitor: z
    .string()
    .min(1)
    .max(100)
    .default('auto')
    .describe('the number that decides which epoch is the best; auto: the loss on the validation split')
    .meta(of('earlyStopping')),
  mode: z
    .enum(['auto', 'min', 'max'])
    .default('auto')
    .describe('which value of it is better; auto: that of the metric')
    .meta(of('earlyStopping')),
});
