import { z } from 'zod';
import { identifier, LIMITS, version } from '../../kernel/texts.ts';

export const arm = z.object({
  name: identifier.describe('predictions have it as their variant'),
  version,
  share: z.number().describe('per cent of the traffic that takes part; those of all arms sum to 100'),
});

export const metric = z.object({
  metric: identifier.describe('such as accuracy, errorRate or latency: docs/experiments.md has all'),
  role: identifier.describe('primary, guardrail or secondary'),
  better: identifier.nullable().describe('higher or lower; null: as it is usual for the metric'),
  margin: z
    .number()
    .nullable()
    .describe(
      'of a guardrail: how much worse is tolerated, in its unit; null: as it is usual for the metric',
    ),
});

export const ownMetric = z.strictObject({
  metric: identifier.describe('custom.NAME'),
  otherwise: z.number().default(0).describe('value of pairs that are not in values'),
  values: z
    .array(z.strictObject({ actual: identifier, predicted: identifier, value: z.number() }))
    .max(LIMITS.entries)
    .describe('of an answer, by its label and the true one'),
});

export const audience = z
  .object({
    keys: z.array(z.string()),
    attributes: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  })
  .describe(
    'who takes part: one of the routing keys, or of each attribute one of its values; empty: everyone',
  );

const number = z.number().nullable();

const comparison = z.object({
  metric: z.string(),
  role: z.string(),
  segment: z.string().nullable().describe('attribute=value that it was read in; null: all'),
  arm: z.string().describe('the treatment'),
  code: z.string().nullable().describe('why it cannot be compared; null when it can'),
  message: z.string().nullable(),
  control: number,
  controlLow: number,
  controlHigh: number,
  controlCount: number.describe('units'),
  treatment: number,
  treatmentLow: number,
  treatmentHigh: number,
  treatmentCount: number.describe('units'),
  difference: number.describe('treatment - control'),
  standardError: number,
  lift: number.describe('difference by control'),
  low: number.describe('of the interval at one planned look'),
  high: number,
  pValue: number.describe('at one planned look'),
  sequentialLow: number.describe('of the interval that holds at every look'),
  sequentialHigh: number,
  sequentialPValue: number.describe('valid at every look'),
  correctedPValue: number.describe('the same, corrected for the number of treatments and metrics'),
  improvement: number.describe('by the direction of the metric'),
  improvementLow: number,
  improvementHigh: number,
  winProbability: number.describe('that the treatment is better (Bayesian)'),
  lossOfTreatment: number.describe('what is lost on average by choosing the treatment'),
  lossOfControl: number.describe('what is lost on average by keeping the control'),
  margin: z.number(),
  varianceReduction: number.describe('what the past of the units explained (CUPED)'),
});

export const analysis = z
  .object({
    review: number,
    measurementId: z.string().nullable(),
    verdict: z.string().nullable().describe('PROMOTE, KEEP or INCONCLUSIVE'),
    winner: z.string().nullable(),
    reasons: z.array(
      z.object({
        code: z.string(),
        arm: z.string().nullable(),
        metric: z.string().nullable(),
        message: z.string(),
      }),
    ),
    sampleRatioStatistic: number,
    sampleRatioPValue: number.describe('of the split: below 0.001 nothing is read'),
    isSampleRatioMismatch: z.boolean().nullable(),
    counts: z.array(
      z.object({
        arm: z.string(),
        version: z.string(),
        units: z.number(),
        predictions: z.number(),
        failures: z.number(),
        outcomes: z.number(),
      }),
    ),
    comparisons: z.array(comparison),
    time: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'ExperimentAnalysis' });

export const change = z
  .object({
    change: z.enum(['started', 'analysed', 'concluded', 'stopped', 'promoted']),
    arms: z.array(arm).describe('control first'),
    traffic: number,
    audience,
    metrics: z.array(metric),
    segments: z.array(z.string()),
    minimumUnits: number,
    minimumImprovement: number,
    significance: number,
    analyseEvery: number.describe('milliseconds'),
    maximumDuration: number.describe('milliseconds'),
    promotes: z.boolean().nullable(),
    baseline: number.describe('of the primary metric, as the evaluation of the control has it'),
    neededUnits: number.describe('of the control, for a power of 80 % at one planned look'),
    verdict: z.string().nullable(),
    winner: z.string().nullable(),
    arm: z.string().nullable().describe('that was promoted'),
    version: z.string().nullable().describe('of the winner, or of the arm that was promoted'),
    deploymentId: z.string().nullable(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    requestedBy: z.string().nullable(),
    policyVersion: z.number(),
    time: z.string(),
    instant: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'ExperimentChange' });
