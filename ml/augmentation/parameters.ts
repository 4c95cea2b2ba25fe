import { z } from 'zod';
import { suggestion } from '../../kernel/nearest.ts';

/** How texts are varied. */
export const TEXT_METHODS = ['deletion', 'swap', 'insertion', 'sentences', 'synonyms', 'ngrams'] as const;
/** How rows of tables are: all but `smote` make one row of one, by its probability. */
export const TABLE_METHODS = ['noise', 'interpolation', 'smote'] as const;
export type TextMethod = (typeof TEXT_METHODS)[number];
export type TableMethod = (typeof TABLE_METHODS)[number];

const of = (key: string) => ({ section: 'augmentation', key });

const methods = (known: readonly [string, ...string[]]) =>
  z
    .array(
      z.enum(known, { error: ({ input }) => `'${input}' is no method; ${suggestion(String(input), known)}` }),
    )
    .max(known.length)
    .default([])
    .describe('how further training samples are made of those that there are; none: not at all')
    .meta(of('methods'));

const common = {
  augmentationProbability: z
    .number()
    .gt(0)
    .max(1)
    .default(0.3)
    .describe('of a training sample to get another one that is made of it')
    .meta(of('probability')),
};

const ofTexts = {
  augmentationShare: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('of the words of a text that are varied, one at least')
    .meta(of('share')),
  synonyms: z
    .array(z.string().max(1_000))
    .max(1_000)
    .default([])
    .describe('words that may stand for each other, such as "large, big"')
    .meta(of('synonyms')),
};

const ofTables = {
  noise: z
    .number()
    .positive()
    .max(10)
    .default(0.1)
    .describe('standard deviation of the noise, in those of the column')
    .meta(of('noise')),
  neighbours: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('nearest rows of its class that a row is interpolated with')
    .meta(of('neighbours')),
};

/** Parameters of an engine of texts and tables: what the training split is augmented by. */
export const augmentation = {
  augmentation: methods([...TEXT_METHODS, ...TABLE_METHODS]),
  ...{ ...common, ...ofTexts, ...ofTables },
};
/** Of one of tables alone. */
export const tableAugmentation = { augmentation: methods(TABLE_METHODS), ...common, ...ofTables };
/** The methods of one of texts alone. */
export const textMethods = methods(TEXT_METHODS);

/** Read from the parameters of any engine, whose others it leaves alone. */
export const augmentationParameters = z.object(augmentation);
export type AugmentationParameters = z.infer<typeof augmentationParameters>;
