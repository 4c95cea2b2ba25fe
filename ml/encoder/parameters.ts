import { z } from 'zod';
import { textMethods } from '../augmentation/parameters.ts';
import { linearParameters } from '../linear/parameters.ts';
import { PRECISIONS } from '../onnx/precision.ts';
import { stepParameters } from '../training/parameters.ts';

const { learningRate, weightDecay, clipNorm, schedule, warmupSteps } = stepParameters({
  learningRate: 2e-5,
  weightDecay: 0.01,
  warmupSteps: 100,
});

const ofTexts = linearParameters.omit({ log1p: true, groupStatistics: true, noise: true, neighbours: true });

/** How an encoder is used: those of its own, and those of the linear model that it is blended with. */
export const encoderParameters = ofTexts.extend({
  augmentation: textMethods,
  weights: z
    .string()
    .min(1)
    .max(500)
    .default('minilm')
    .describe('the pretrained encoder: a name that was fetched, or the absolute path of a folder'),
  maxTokens: z
    .int()
    .min(4)
    .max(8_192)
    .default(128)
    .describe('tokens of a text that count; the rest is cut off'),
  blend: z.boolean().default(true).describe('with the linear model; false: the encoder alone'),
  cascade: z
    .boolean()
    .default(false)
    .describe('the linear model answers alone where it is sure; only elsewhere the encoder is run'),
  refit: z
    .boolean()
    .default(false)
    .describe('fit on the validation split too, once all is chosen on it; of an encoder that stays as it is'),
  folds: z
    .union([z.literal(0), z.int().min(2).max(20)], 'must be 0, or from 2 to 20')
    .default(0)
    .describe(
      'share and temperature by cross-validation of so many folds, then fitted as with refit; 0: by the validation split',
    ),
  cascadeTolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('log loss that a cascade may have more than the blend, as a share of that'),
  exportPrecision: z
    .enum(PRECISIONS)
    .default('fp32')
    .describe(
      'how the weights of the encoder are packed; fp16 and int8 are refused where they cost accuracy',
    ),
  encoderC: z
    .union([z.literal('auto'), z.number().positive()], 'must be auto, or a number above 0')
    .default('auto')
    .describe(
      'cost of an error of the logistic regression on embeddings, where the encoder is not tuned; auto: 2 divided by the number of texts, and 0.002 at least',
    ),
  tuneEpochs: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('epochs in which the encoder itself is trained (fine-tuned); 0: it stays as it is'),
  ...{ learningRate, weightDecay, clipNorm, schedule, warmupSteps },
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.1)
    .describe('share of what is left out while the encoder is tuned'),
  batchSize: z
    .union([z.literal('auto'), z.int().min(1).max(4_096)])
    .default(16)
    .describe('texts of a step; auto: the most, from 8 to 32, with which an epoch has 200 steps'),
  partSize: z
    .int()
    .min(0)
    .max(4_096)
    .default(0)
    .describe('texts that are computed at a time, whose gradients are added; 0: all of a batch'),
  workers: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      'threads that compute parts of a step at the same time, on the CPU; the parts are added in their order',
    ),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe('less memory for more time: what is inside a layer is computed again on the way back'),
  precision: z
    .enum(['fp32'], 'fp32 alone: half precision gains nothing where it can be computed here')
    .default('fp32')
    .describe('that the encoder is tuned with'),
  device: z
    .enum(['auto', 'cpu', 'cuda', 'webgpu'])
    .default('cpu')
    .describe('that tunes the encoder; auto: the fastest that works. The same bytes come of cpu alone'),
});

export type EncoderParameters = z.infer<typeof encoderParameters>;

const LEAST_COST = 0.002;
const COST_OF_ALL_TEXTS = 2;

/**
 * The cost of an error of a logistic regression on the embeddings of so many texts. Below a thousand, fewer texts need a larger one,
 * or they are outweighed by the regularisation (docs/adr/0030-blend-choice.md).
 */
export const encoderCost = ({ encoderC }: Pick<EncoderParameters, 'encoderC'>, texts: number): number =>
  encoderC === 'auto' ? Math.max(LEAST_COST, COST_OF_ALL_TEXTS / texts) : encoderC;
